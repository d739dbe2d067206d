<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>oikos</name>
    <message numerus="yes">
        <source>%n d</source>
        <translation><numerusform>%n d</numerusform><numerusform>%n d</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n days ago</source>
        <translation><numerusform>%n day ago</numerusform><numerusform>%n days ago</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n devices</source>
        <translation><numerusform>%n device</numerusform><numerusform>%n devices</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n more: search for them</source>
        <translation><numerusform>%n more: search for it</numerusform><numerusform>%n more: search for them</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n devices are in rooms that the file no longer has. Say where they go.</source>
        <translation><numerusform>%n device is in a room that the file no longer has. Say where it goes.</numerusform><numerusform>%n devices are in rooms that the file no longer has. Say where they go.</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n devices say in which room they are.</source>
        <translation><numerusform>%n device says in which room it is.</numerusform><numerusform>%n devices say in which room they are.</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation><numerusform>%n failed</numerusform><numerusform>%n failed</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n h ago</source>
        <translation><numerusform>%n h ago</numerusform><numerusform>%n h ago</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n min ago</source>
        <translation><numerusform>%n min ago</numerusform><numerusform>%n min ago</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n of {all} commands were not confirmed</source>
        <translation><numerusform>%n of {all} commands was not confirmed</numerusform><numerusform>%n of {all} commands were not confirmed</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n offline</source>
        <translation><numerusform>%n offline</numerusform><numerusform>%n offline</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n planned devices come beside what is there.</source>
        <translation><numerusform>%n planned device comes beside what is there.</numerusform><numerusform>%n planned devices come beside what is there.</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n s ago</source>
        <translation><numerusform>%n s ago</numerusform><numerusform>%n s ago</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation><numerusform>%n selected</numerusform><numerusform>%n selected</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>System · %n devices</source>
        <translation><numerusform>System · %n device</numerusform><numerusform>System · %n devices</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>Zone · %n rooms</source>
        <translation><numerusform>Zone · %n room</numerusform><numerusform>Zone · %n rooms</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation><numerusform>and %n more</numerusform><numerusform>and %n more</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n not read</source>
        <translation><numerusform>%n not read</numerusform><numerusform>%n not read</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n points</source>
        <translation><numerusform>%n point</numerusform><numerusform>%n points</numerusform></translation>
    </message>
</context>
</TS>

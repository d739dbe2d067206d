"""Rules of a building: alarms, automations, schedules and scenes as plain functions of values.

Nothing here reads a clock, a file or chance: time (UTC milliseconds), time zone, sun table and calendars are handed in, and
what a rule has to remember is a value that `msgspec.json` writes and reads. So the engine, a restart, a preview of a recorded
day and a test all call the same functions.

What the engine does, all on its loop:

    view = RuleView(zone=…, sun=…, calendars=…, rooms=room_members(twin))
    resume(book, saved, now_ms); adopt(alarm_book, saved_alarms, view, now_ms)     # after a start, and after an edit

    # SubscriberRole.RULES, for every batch of the event bus (NaN where the quality is not that of a value)
    values = view.take((point, value, time_ms), …)
    alarms = evaluate_alarms(alarm_book, alarm_memory, view, values, now_ms)
    outcome = evaluate(book, memory, view, RuleInput(values=values, …), now_ms)

- `DeviceOnline`, links' states and signs of life are values of `online_key(id)`; an alarm that became active or ended is a
  value of `alarm_key(id)`, a warning one of `warning_key(kind)`: they go through `view.take` like a reading.
- `outcome.commands` are sent with the sender `automation` or `schedule`; what the command tracker answers comes back in `answers` under
  the same `id`, at once or late. `outcome.scenes` likewise: `begin_scene`, `advance_scene`, then one answer.
- `outcome.alarms` set the key of an alarm whose condition is `SetByRule`. `by_hand` names points whose report no command under
  way explains; what a person gives back comes in `released`, what a person starts in `asked`.
- One `call_later` for the earlier `wake_ms` of both; at that time both are called again with no values.
- Both memories are kept in the history, at most a second late; alarm events and trace steps are rows of their logs.

Every reason is a code with named arguments (`twin.model.text.Text`); sentences are made where they are displayed.
"""

"""A BACnet/IP device with an alarm that wants to be acknowledged, by bacpypes3, in a process of its own: `python alarm_peer.py PORT`.

rusty-bacnet's devices require no acknowledgement. Prints a line of JSON once it answers; lines on its standard input command
it: `{"state": "high-limit", "message": "Too warm"}` changes the event state of its input, and notifies the recipients of its
notification class; `{"acknowledge": true}` acknowledges as another workstation would; `{"mood": "refuses"}` refuses
acknowledgements, "ignores" them and changes of elements of lists, or "forgets" them; `{"classes": false}` deletes the notification class; `{"confirmed": false}` notifies without asking for an answer;
`{"silent": true}` answers nothing, until `false`. The last acknowledgement stands in the input's description.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from bacpypes3.apdu import (
    AcknowledgeAlarmRequest,
    AddListElementRequest,
    ConfirmedEventNotificationRequest,
    GetEventInformationACK,
    GetEventInformationRequest,
    ReadPropertyRequest,
    RemoveListElementRequest,
    SimpleAckPDU,
    UnconfirmedEventNotificationRequest,
)
from bacpypes3.basetypes import (
    EventState,
    EventTransitionBits,
    GetEventInformationEventSummary,
    NotifyType,
    TimeStamp,
)
from bacpypes3.errors import ExecutionError, UnrecognizedService
from bacpypes3.ipv4.app import NormalApplication
from bacpypes3.local.device import DeviceObject
from bacpypes3.object import AnalogInputObject, NotificationClassObject
from bacpypes3.pdu import IPv4Address, LocalStation
from bacpypes3.primitivedata import ObjectIdentifier

INSTANCE, INPUT, CLASS = 260002, ("analog-input", 1), ("notification-class", 1)
PRIORITIES = [30, 70, 200]
NEVER = TimeStamp(sequenceNumber=0)


def transition_to(state: EventState) -> int:
    return {EventState.normal: 2, EventState.fault: 1}.get(state, 0)


def moment(stamp: TimeStamp) -> tuple[int, ...]:
    return (*stamp.dateTime.date, *stamp.dateTime.time) if stamp.dateTime else (int(stamp.sequenceNumber),)


class AlarmDevice(NormalApplication):
    def begin(self) -> None:
        self.state, self.acked = EventState.normal, [1, 1, 1]
        self.times = [NEVER, NEVER, NEVER]
        self.states = [EventState.offnormal, EventState.fault, EventState.normal]
        self.mood, self.confirmed, self.silent = "", True, False
        self.input = AnalogInputObject(
            objectIdentifier=INPUT, objectName="Supply temperature", presentValue=21.5, units="degreesCelsius",
            statusFlags=[0, 0, 0, 0], eventState=self.state, outOfService=False, description="",
        )  # fmt: skip
        self.alarms = NotificationClassObject(
            objectIdentifier=CLASS, objectName="Alarms", notificationClass=7, priority=PRIORITIES,
            ackRequired=EventTransitionBits([1, 1, 1]), recipientList=[],
        )  # fmt: skip
        self.add_object(self.input)
        self.add_object(self.alarms)

    async def indication(self, apdu: Any) -> None:
        if not self.silent:
            await super().indication(apdu)

    async def do_ReadPropertyRequest(self, apdu: ReadPropertyRequest) -> None:  # noqa: N802 - the library's name
        if apdu.objectIdentifier[1] == 4194303:  # the wildcard (clause 12.11.1), which the library does not know
            apdu.objectIdentifier = ObjectIdentifier(("device", INSTANCE))
        await super().do_ReadPropertyRequest(apdu)

    async def do_GetEventInformationRequest(self, apdu: GetEventInformationRequest) -> None:  # noqa: N802 - the library's name
        listed = [] if self.state == EventState.normal and all(self.acked) else [self.summary()]
        await self.response(GetEventInformationACK(listOfEventSummaries=listed, moreEvents=False, context=apdu))

    def summary(self) -> GetEventInformationEventSummary:
        return GetEventInformationEventSummary(
            objectIdentifier=INPUT, eventState=self.state, acknowledgedTransitions=EventTransitionBits(self.acked),
            eventTimeStamps=self.times, notifyType=NotifyType.alarm, eventEnable=EventTransitionBits([1, 1, 1]),
            eventPriorities=PRIORITIES,
        )  # fmt: skip

    async def do_AcknowledgeAlarmRequest(self, apdu: AcknowledgeAlarmRequest) -> None:  # noqa: N802 - the library's name
        at = transition_to(apdu.eventStateAcknowledged)
        if self.mood == "ignores":
            return
        wrong = "service-request-denied" if self.mood == "refuses" else ""
        wrong = wrong or ("invalid-event-state" if apdu.eventStateAcknowledged != self.states[at] else "")
        wrong = wrong or ("invalid-time-stamp" if moment(apdu.timeStamp) != moment(self.times[at]) else "")
        if wrong:
            raise ExecutionError(errorClass="services", errorCode=wrong)
        await self.response(SimpleAckPDU(context=apdu))
        said = [apdu.acknowledgmentSource, str(apdu.timeOfAcknowledgment), apdu.acknowledgingProcessIdentifier]
        self.input.description = json.dumps([*json.loads(self.input.description or "[]"), said])
        if self.mood != "forgets":
            self.acked[at] = 1

    async def do_AddListElementRequest(self, apdu: AddListElementRequest) -> None:  # noqa: N802 - the library's name
        self.change_list(apdu)

    async def do_RemoveListElementRequest(self, apdu: RemoveListElementRequest) -> None:  # noqa: N802 - the library's name
        self.change_list(apdu)

    def change_list(self, _apdu: AddListElementRequest | RemoveListElementRequest) -> None:
        if self.mood != "ignores":
            raise UnrecognizedService

    def change(self, state: EventState, message: str) -> None:
        before, at = self.state, transition_to(state)
        self.state = self.input.eventState = state
        self.times[at], self.acked[at], self.states[at] = TimeStamp.as_dateTime(), 0, state
        self.notify(message, NotifyType.alarm, fromState=before, ackRequired=True)

    def acknowledge(self) -> None:
        at = transition_to(self.state)
        self.acked[at] = 1
        self.notify("Ackn.", NotifyType.ackNotification)

    def notify(self, message: str, type: NotifyType, **more: Any) -> None:
        for one in self.alarms.recipientList:
            kind = (
                ConfirmedEventNotificationRequest
                if one.issueConfirmedNotifications
                else UnconfirmedEventNotificationRequest
            )
            at = transition_to(self.state)
            request = kind(
                processIdentifier=one.processIdentifier, initiatingDeviceIdentifier=("device", INSTANCE),
                eventObjectIdentifier=INPUT, timeStamp=self.times[at], notificationClass=7, priority=PRIORITIES[at],
                eventType="out-of-range", messageText=message, notifyType=type, toState=self.state,
                destination=LocalStation(one.recipient.address.macAddress), **more,
            )  # fmt: skip
            self.sent = asyncio.ensure_future(self.request(request))

    def order(self, told: dict[str, Any]) -> None:
        if "state" in told:
            self.change(EventState(told["state"]), told["message"])
        elif "acknowledge" in told:
            self.acknowledge()
        elif "classes" in told:
            self.delete_object(self.alarms)
        elif "silent" in told:
            self.silent = told["silent"]
        elif "confirmed" in told:
            self.confirmed = told["confirmed"]
        else:
            self.mood = told["mood"]


async def main(port: int) -> None:
    own = DeviceObject(objectIdentifier=("device", INSTANCE), objectName="Chiller", vendorIdentifier=999)
    device = AlarmDevice(own, IPv4Address(f"127.0.0.1/32:{port}"))
    device.begin()
    await device.normal.server._local_transport_ready.wait()
    print(json.dumps({"event": "online"}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        device.order(json.loads(line))
        print(json.dumps({"event": "done"}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

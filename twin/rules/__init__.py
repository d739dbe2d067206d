"""Rules of a building: alarms, automations, schedules and scenes as plain functions of values.

Nothing here reads a clock, a file or chance: time (UTC milliseconds), time zone, sun table and calendars are handed in, and
what a rule has to remember is a value that `msgspec.json` writes and reads. So the engine, a restart, a preview of a recorded
day and a test all call the same function:

    view.take(observations)                          # app.engine, per batch of the event bus
    outcome = evaluate(book, memory, view, changes, now_ms)     # evaluate.py: automations and schedules
    alarms = evaluate_alarms(book, memory, view, changes, now_ms)   # alarm_evaluation.py
    # engine: outcome.commands through the command tracker, outcome.memory into the history, call_later(outcome.wake_ms)

Every reason is a code with named arguments (`Reason`); sentences are made where somebody reads them.
"""

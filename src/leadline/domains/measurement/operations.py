"""Operations of slices and recordings, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.measurement"
OPERATIONS = (
    Operation(
        "slices.collect", "Ask the sources for every slice not yet known.",
        f"{_HERE}.model:Collect", f"{_HERE}.model:Collection", f"{_HERE}.service:collect_slices",
        Permission.EDITOR, Where.SERVER, route="POST /slices/collect", is_read_only=False, is_audited=False,
    ),
    Operation(
        "slices.record", "Write down one slice by hand.",
        f"{_HERE}.model:RecordSlice", f"{_HERE}.model:Stored", f"{_HERE}.service:record_slice",
        Permission.RESPONDER, Where.SERVER, route="POST /slices/record", is_read_only=False,
    ),
    Operation(
        "slices.push", "Take in the slices that a program counted, all of them or none.",
        f"{_HERE}.model:PushSlices", f"{_HERE}.model:Stored", f"{_HERE}.service:push_slices",
        Permission.RESPONDER, Where.SERVER, route="POST /slices", is_read_only=False, is_audited=False,
        body="application/x-ndjson",
    ),
    Operation(
        "record.downtime", "Write down that something was down, wholly or in part.",
        f"{_HERE}.model:RecordDowntime", f"{_HERE}.model:Recorded", f"{_HERE}.recording:record_downtime",
        Permission.RESPONDER, Where.SERVER, route="POST /recordings/downtime", is_read_only=False,
    ),
    Operation(
        "record.failures", "Write down how many events failed in an interval.",
        f"{_HERE}.model:RecordFailures", f"{_HERE}.model:Recorded", f"{_HERE}.recording:record_failures",
        Permission.RESPONDER, Where.SERVER, route="POST /recordings/failures", is_read_only=False,
    ),
    Operation(
        "record.list", "List what was recorded.",
        f"{_HERE}.model:ListRecordings", f"{_HERE}.model:ShownRecordings", f"{_HERE}.recording:list_recordings",
        Permission.VIEWER, Where.SERVER, route="GET /recordings", pages=Pages("recordings", ("id",)),
    ),
    Operation(
        "record.remove", "Take back what was recorded.",
        f"{_HERE}.model:RemoveRecording", f"{_HERE}.model:RemovedRecording", f"{_HERE}.recording:remove_recording",
        Permission.RESPONDER, Where.SERVER, route="POST /recordings/{id}/removal", is_read_only=False,
    ),
    Operation(
        "slices.import", "Take in a CSV or Parquet file of slices, all of it or nothing.",
        f"{_HERE}.model:ImportSlices", f"{_HERE}.model:Stored", f"{_HERE}.service:import_slices",
        Permission.EDITOR, Where.LOCAL, is_read_only=False,
    ),
    Operation(
        "slices.export", "Write slices to a CSV or Parquet file.",
        f"{_HERE}.model:ExportSlices", f"{_HERE}.model:Stored", f"{_HERE}.service:export_slices",
        Permission.VIEWER, Where.LOCAL,
    ),
    Operation(
        "slices.simulate", "Fill the ledger from a scenario, as if every source had answered.",
        f"{_HERE}.model:Simulate", f"{_HERE}.model:Collection", f"{_HERE}.simulation:simulate_slices",
        Permission.EDITOR, Where.SERVER, route="POST /slices/simulate", is_read_only=False,
    ),
    Operation(
        "slices.plan", "Tell what a scenario plants, and what follows from it.",
        f"{_HERE}.model:PlanSimulation", f"{_HERE}.model:Plan", f"{_HERE}.simulation:plan_simulation",
        Permission.VIEWER, Where.SERVER, route="GET /simulation",
    ),
)  # fmt: skip

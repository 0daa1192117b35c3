"""Rules about side records without marks, and marks without side records."""

from enum import StrEnum

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.selections import RuleUnit, Selection
from attendance_core.model.side_records import SideRecord


class Expect(StrEnum):
    """What a rule about side records looks for."""

    MARKS_WITHOUT_RECORD = "marks-without-record"
    """Selected marks on days that no live record covers."""
    RECORD_WITHOUT_MARKS = "record-without-marks"
    """A record that has covered ``after`` school days or more without one selected mark."""
    RECORD = "record"
    """A record that is live on the day asked about; a part for combinations."""


@frozen(kw_only=True)
class RecordRule:
    """Side record without marks, and marks without side record.

    A record is live from its ``start`` to its ``end`` (open: without an end), whatever its state but withdrawn. The
    rule is not checked where the host gives no such records. Marks without a record make one concern an enrolment,
    from the first such mark of the academic year to the last; a record without marks that reaches into the academic
    year one concern a record, two that begin on one day together one. All are met on the day asked about.

    Attributes:
        unit: sessions for marks without record, records otherwise.
        record: Which side records.
        kinds: Their kinds; none: all.
        expect: What is looked for.
        select: The marks; not for ``record``.
        after: School days that a record must have covered before its missing marks count.
    """

    unit: RuleUnit
    record: SideRecord
    kinds: tuple[str, ...] = ()
    expect: Expect
    select: Selection = field(factory=Selection)
    after: int = 1

    def __attrs_post_init__(self) -> None:
        faults = []
        wanted = RuleUnit.SESSIONS if self.expect is Expect.MARKS_WITHOUT_RECORD else RuleUnit.RECORDS
        if self.unit is not wanted:
            faults.append(
                Fault(
                    "unit", f"{self.expect.value} is counted in {wanted.value}", wanted.value, f"Write {wanted.value}"
                )
            )
        if self.expect is Expect.RECORD and self.select:
            faults.append(Fault("select", "names marks, and a record alone has none", "no select", "Remove it"))
        if self.expect is not Expect.RECORD and not self.select:
            faults.append(Fault("select", "selects no mark", "codes or groups", "Say which marks go with the record"))
        if faults:
            raise DocumentError(*faults)

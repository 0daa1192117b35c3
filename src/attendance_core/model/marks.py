"""The columns of a checked register. Marks stay columns: there is no class for one mark.

Marks (one row a session mark that was kept):

| column | type | meaning |
|---|---|---|
| enrolment_id | string or category | school, pupil and start date |
| enrolment_no | int | row of the enrolment in the register's enrolments, by which marks are counted |
| school_id | string or category | the school |
| date | date | day of the session |
| session | string or category | ``AM`` or ``PM`` |
| code | string or category | canonical code |
| stat | string or category | `StatGroup` of the code on that date |
| minutes_late | int, optional | minutes, as the system gave them |
| source_row | int, optional | row in the source, the first row of data being 1 more than its header's |

Counts are Int64 wherever they are worked out.
"""

from typing import Final

ENROLMENT: Final = "enrolment_id"
NUMBER: Final = "enrolment_no"
SCHOOL: Final = "school_id"
PUPIL: Final = "pupil_id"
DATE: Final = "date"
SESSION: Final = "session"
CODE: Final = "code"
STAT: Final = "stat"
MINUTES: Final = "minutes_late"
ROW: Final = "source_row"
PERIOD: Final = "period"
SUBJECT: Final = "subject"

AM: Final = "AM"
PM: Final = "PM"
SESSIONS: Final = (AM, PM)

MARK_COLUMNS: Final = (ENROLMENT, NUMBER, SCHOOL, DATE, SESSION, CODE, STAT)
#: Optional columns that a mapping may fill.
OPTIONAL_MARK_COLUMNS: Final = (
    "minutes_late",
    "comment",
    "recorded_at",
    "previous_code",
    "amended_at",
    "amended_by",
    "reason",
    "evidence",
    "other_school_id",
)
#: Columns that reach no view by default.
PRIVATE_MARK_COLUMNS: Final = ("comment", "amended_by")

ENROLMENT_COLUMNS: Final = (ENROLMENT, NUMBER, SCHOOL, PUPIL, "person_id", "start", "end", "start_inferred")
CHARACTERISTIC_COLUMNS: Final = (ENROLMENT, "name", "value", "valid_from", "valid_to")
MEMBERSHIP_COLUMNS: Final = (ENROLMENT, "cohort", "valid_from", "valid_to")
#: Lesson marks: another fact, which never enters a session figure.
LESSON_COLUMNS: Final = (ENROLMENT, SCHOOL, DATE, PERIOD, SUBJECT, CODE, STAT, MINUTES)

#: A far day that stands for "no end yet" in frames, where every engine compares it the same way.
OPEN_END: Final = "9999-12-31"

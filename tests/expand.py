"""Expand published numbers of sessions into marks, one row a session, as a school's register would hold them.

Nothing of the library is used here: a published row becomes a made-up school whose register has exactly its sessions.
"""

from datetime import date, timedelta

import polars as pl

MONDAY = date(2025, 9, 8)
DAYS = 5

#: Code to column of the files of the daily collection.
COLUMNS = {
    "/": "reason_present_am",
    "\\": "reason_present_pm",
    "L": "reason_l_present_late_before_registers_closed",
    "B": "reason_b_aea_education_off_site",
    "J": "reason_j_aea_interview",
    "K": "reason_k_aea_education_arranged_by_la",
    "P": "reason_p_aea_approved_sporting_activity",
    "V": "reason_v_aea_educational_visit_trip",
    "W": "reason_w_aea_work_experience",
    "C": "reason_c_authorised_other",
    "C1": "reason_c1_authorised_regulated_performance",
    "C2": "reason_c2_authorised_temp_reduced_timetable",
    "E": "reason_e_authorised_excluded",
    "H": "reason_h_authorised_holiday",
    "I": "reason_i_authorised_illness",
    "J1": "reason_j1_authorised_interview",
    "M": "reason_m_authorised_medical_dental",
    "R": "reason_r_authorised_religious_observance",
    "S": "reason_s_authorised_study_leave",
    "T": "reason_t_authorised_mobile_child",
    "G": "reason_g_unauthorised_holiday",
    "N": "reason_n_no_reason_yet",
    "O": "reason_o_other_unauthorised",
    "U": "reason_u_unauthorised_late_after_registers_closed",
}
AUTHORISED = ("C", "C1", "C2", "E", "H", "I", "J1", "M", "R", "S", "T")
#: What a system says that knows an absence as authorised and no more: the published total beyond its codes.
UNLISTED = "authorised-absence"


def by_code(published: pl.DataFrame) -> pl.DataFrame:
    """Return school (the row's ``area``), code and sessions of published rows, unlisted authorised absence included."""
    numbers = published.select("area", *[pl.col(column).cast(pl.Int64).alias(code) for code, column in COLUMNS.items()])
    listed = sum((pl.col(COLUMNS[code]).cast(pl.Int64) for code in AUTHORISED), start=pl.lit(0))
    beyond = published.select((pl.col("authorised_absence").cast(pl.Int64) - listed).alias(UNLISTED))
    wide = pl.concat([numbers, beyond], how="horizontal")
    return wide.unpivot(index="area", variable_name="code", value_name="sessions").rename({"area": "school"})


def expand(counts: pl.DataFrame, monday: date = MONDAY) -> pl.DataFrame:
    r"""Make one row a session of one week: source_row, school, pupil, date, session, code.

    ``/`` stands only in mornings, ``\`` only in afternoons, other codes half and half. The sessions of a school are
    dealt out to pupils in blocks of five mornings and five afternoons, so that no pupil has one session twice.

    Args:
        counts: school, code, sessions.
        monday: The week.
    """
    code, sessions = pl.col("code"), pl.col("sessions")
    morning = pl.when(code == "/").then(sessions).when(code == "\\").then(0).otherwise((sessions + 1) // 2)
    halves = counts.with_columns(AM=morning).with_columns(PM=sessions - pl.col("AM"))
    halved = halves.unpivot(["AM", "PM"], index=["school", "code"], variable_name="session", value_name="n")
    each = halved.filter(pl.col("n") > 0).select(
        pl.col("school", "code", "session").repeat_by("n").list.explode(keep_nulls=False, empty_as_null=False)
    )
    index = pl.int_range(pl.len()).over("school", "session")
    days = pl.Series([monday + timedelta(days=day) for day in range(DAYS)])
    return (
        each.with_columns(index=index)
        .with_columns(
            pupil=pl.format("p{}", pl.col("index") // DAYS),
            date=(pl.lit(days.implode()).list.get(pl.col("index") % DAYS)),
        )
        .drop("index")
        .with_row_index("source_row", offset=2)
    )

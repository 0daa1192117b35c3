"""A synthetic trust of three schools, as one register: each school is a demo of its own."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from attrs import evolve

from attendance_core.demo import make_school, write_school
from attendance_core.documents.configuring import load_calendars, load_config
from attendance_core.register.register import Register
from attendance_core.workbench import Workbench

SCHOOLS = (("north", 11), ("east", 12), ("west", 13))


@cache
def bench() -> Workbench:
    """Return the trust's workbench: the demo's configuration, with a column for the school."""
    with TemporaryDirectory() as folder:
        write_school(make_school(pupils=4, seed=1), Path(folder))
        configuration = load_config(Path(folder, "attendance.toml"))
    assert configuration.mapping is not None and configuration.pupils is not None
    mapping = evolve(
        configuration.mapping, school="", columns=dict(configuration.mapping.columns) | {"school_id": "School"}
    )
    pupils = evolve(
        configuration.pupils, school="", columns=dict(configuration.pupils.columns) | {"school_id": "School"}
    )
    whole = evolve(
        configuration, mapping=mapping, pupils=pupils, files=evolve(configuration.files, pupils="", calendar="")
    )
    return Workbench.open(whole, entry_points=False)


@cache
def register(pupils: int = 60) -> Register:
    """Return the marks of all three schools, with their pupils and calendars."""
    marks, people, calendars = [], [], []
    for name, seed in SCHOOLS:
        with TemporaryDirectory() as folder:
            write_school(make_school(pupils=pupils, seed=seed), Path(folder))
            school = pl.lit(name).alias("School")
            marks.append(pl.read_csv(Path(folder, "marks.csv"), infer_schema=False).with_columns(school))
            people.append(pl.read_csv(Path(folder, "pupils.csv"), infer_schema=False).with_columns(school))
            calendars += [evolve(one, school=name) for one in load_calendars(Path(folder, "calendar.toml"))]
    return bench().read(pl.concat(marks), pupils=pl.concat(people), calendar=calendars)

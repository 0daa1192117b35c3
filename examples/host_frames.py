"""A host's own frames: polars, pandas, PyArrow and DuckDB in, the same figure out."""

from pathlib import Path

import duckdb
import pandas as pd
import polars as pl

from attendance_core import Workbench

school = Path(__file__).resolve().parent / "school"
marks = school / "marks.csv"
polars_frame = pl.read_csv(marks, infer_schema=False)
frames = {
    "polars": polars_frame,
    "polars, lazy": pl.scan_csv(marks, infer_schema=False),
    "pandas": pd.read_csv(marks, dtype=str, keep_default_na=False),
    "pyarrow": polars_frame.to_arrow(),
    "duckdb": duckdb.read_csv(str(marks), all_varchar=True),
}
bench = Workbench.open(school / "attendance.toml")
for name, frame in frames.items():
    register = bench.read(frame, pupils=school / "pupils.csv", calendar=school / "calendar.toml")
    figure = bench.analyse(register).figure("attendance")
    print(f"{name}: {figure.numerator:,} of {figure.denominator:,} sessions attended")

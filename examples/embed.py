"""Ten lines that embed the library: read a school's files, print its headline figures."""

from pathlib import Path

from attendance_core import Workbench

school = Path(__file__).resolve().parent / "school"
bench = Workbench.open(school / "attendance.toml")
register = bench.read(school / "marks.csv", pupils=school / "pupils.csv", calendar=school / "calendar.toml")
analysis = bench.analyse(register)
for measure in ("attendance", "unauthorised-absence", "persistent-absence", "severe-absence"):
    figure = analysis.figure(measure)
    print(f"{figure.title}: {figure.value:.1f} % ({figure.numerator:,} of {figure.denominator:,})")

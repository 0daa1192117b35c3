"""Benchmarks published by the Department for Education, as a provider."""

from attendance_core.model.benchmarks import BenchmarkRelease
from attendance_core.reference.benchmarks import releases_for


class PublishedBenchmarks:
    """Brings the releases shipped with the package; a file is opened only when its year is asked for."""

    id = "dfe-published"
    title = "Department for Education, published attendance and absence figures"

    def releases(self, academic_year: str) -> tuple[BenchmarkRelease, ...]:
        """Return the releases to compare an academic year with, best first; empty before 2022/23.

        Args:
            academic_year: As in ``2025/26``.

        Raises:
            DocumentError: If the text is no academic year.
        """
        return releases_for(academic_year)

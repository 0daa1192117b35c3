"""A synthetic secondary school over two academic years, with the truth about it kept while it was made.

The generator knows nothing of the library's measures, so that its truth can check them.
"""

from attendance_core.demo.school import DemoSchool, make_school
from attendance_core.demo.write import write_school

__all__ = ["DemoSchool", "make_school", "write_school"]

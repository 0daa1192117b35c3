"""Practice: frameworks, crosswalks, and audits."""

from datetime import date
from pathlib import Path

from attrs import define, evolve

from attendance_core.audits.comparing import compare, own_view, second_view
from attendance_core.audits.documents import framework_of, open_audit
from attendance_core.audits.evidence import evidence_for
from attendance_core.audits.grounds import Grounds
from attendance_core.audits.indicators import rules_needed
from attendance_core.audits.status import status_of
from attendance_core.documents.loader import load_toml
from attendance_core.documents.versioned import Opened
from attendance_core.engine import collect
from attendance_core.errors import (
    UnknownNameError,
    named,
)
from attendance_core.frameworks.links import Links
from attendance_core.frameworks.lint import lint_crosswalk, lint_framework
from attendance_core.frameworks.loading import load_framework
from attendance_core.frameworks.overlay import apply_overlay, overlay_of_rows
from attendance_core.model.audits import Audit
from attendance_core.model.crosswalks import Crosswalk
from attendance_core.model.frameworks import Framework, Overlay
from attendance_core.model.indicators import ItemEvidence
from attendance_core.model.plugins import ExtensionKind
from attendance_core.model.reports import (
    View,
)
from attendance_core.model.statuses import AuditStatus
from attendance_core.plugins.builtin.audit_form import audit_form
from attendance_core.plugins.builtin.audit_form_read import read_form
from attendance_core.plugins.guarding import reading
from attendance_core.register.register import Register
from attendance_core.reports.audits import AUDITORS, audit_report
from attendance_core.reports.comparing import phase_of
from attendance_core.reports.disclosure import make_view
from attendance_core.workbench.base import Progress, quiet
from attendance_core.workbench.evaluating import Evaluating
from attendance_core.workbench.reading import until


@define(kw_only=True, eq=False)
class Practice(Evaluating):
    """Frameworks, crosswalks, and audits."""

    def frameworks(self) -> dict[str, Framework]:
        """Return every framework that can be audited, by its id; one that cannot be right is a plugin's failure."""
        found = {}
        for framework in self.plugins.frameworks():
            if self._sound(ExtensionKind.FRAMEWORK, framework.id, lint_framework(framework)):
                found[framework.id] = framework
        return found

    def framework(self, name: str | Path) -> Framework:
        """Return a framework: a file's (relative to the configuration), or the one that a plugin brings so named.

        Raises:
            UnknownNameError: If there is neither.
            PluginError: If no plugin brings it, but one that failed might have.
            DocumentError: If the file breaks the rules of frameworks; with every fault.
        """
        if isinstance(name, Path) or str(name).endswith(".toml"):
            return load_framework(Path(name) if Path(name).is_file() else self.folder / name)
        try:
            return named(name, self.frameworks(), "framework", see="See: attendance frameworks list", file=True)
        except UnknownNameError as error:
            raise self._or_failed(error, "attendance_frameworks") from None

    def crosswalks(self) -> dict[str, Crosswalk]:
        """Return every crosswalk in use, by its id; one that cannot be right is a plugin's failure."""
        known = tuple(self.frameworks().values())
        found = {}
        for crosswalk in self.plugins.crosswalks():
            if self._sound(ExtensionKind.CROSSWALK, crosswalk.id, lint_crosswalk(crosswalk, known)):
                found[crosswalk.id] = crosswalk
        return found

    def links(self) -> Links:
        """Return what the crosswalks in use say together."""
        return Links.of(self.crosswalks().values())

    def overlay(self, framework: Framework, path: str | Path, *, sheet: str = "") -> Framework:
        """Lay a school's own wording over a framework.

        Args:
            framework: The framework.
            path: A TOML overlay, or a table (CSV, XLSX) with a column ``id`` and one for each field worded anew.
            sheet: Worksheet of a workbook.

        Raises:
            InputError: If the file cannot be read.
            DocumentError: With every fault of the wording.
        """
        path = Path(path)
        if path.suffix.lower() == ".toml":
            overlay = load_toml(path, Overlay)
        else:
            table = self.intake.table(path, sheet=sheet)
            with reading(path, "a table"):
                frame = collect(table.frame)
            rows = frame.drop("source_row").rows(named=True)
            first = int(frame["source_row"][0]) if rows else 2
            overlay = overlay_of_rows(rows, framework, where=path.name, first_row=first)
        return apply_overlay(framework, overlay, where=path.name)

    def open_audit(self, path: str | Path) -> Opened[Audit]:
        """Read an audit and hold it against its framework.

        Raises:
            StoreError: If the file cannot be read.
            DocumentError: With every fault and its key path.
        """
        return open_audit(Path(path), self.frameworks())

    def audit_form(self, audit: Audit, *, as_of: date | None = None, framework: Framework | None = None) -> bytes:
        """Return an audit as a form, a workbook in the layout that schools use.

        Args:
            audit: The audit; what it holds is filled in.
            as_of: The day on which actions are overdue or not; None: the audit's day.
            framework: Its framework in other words, such as the school's own; None: as it is known here.

        Raises:
            DocumentError: If a cell cannot hold one of its texts, or its framework is unknown.
        """
        return audit_form(audit, framework or framework_of(audit, self.frameworks()), as_of=as_of)

    def read_audit_form(self, path: str | Path, *, framework: Framework | None = None) -> Audit:
        """Read a filled form. Cells that are not clear stand among the audit's doubts.

        Args:
            path: The workbook.
            framework: Its framework in the words of the form; None: as it is known here.

        Raises:
            InputError: If the file is no form.
        """
        known = self.frameworks()
        return read_form(Path(path), known if framework is None else {**known, framework.id: framework})

    def audit_status(self, audit: Audit, as_of: date, *, rule: str = "") -> AuditStatus:
        """Return the statuses of an audit on a day, with what decided them and what other rules would say.

        Raises:
            UnknownNameError: If there is no such rule.
            DocumentError: If its framework is unknown.
        """
        return status_of(audit, framework_of(audit, self.frameworks()), as_of, rule=rule)

    def audit_evidence(
        self,
        audit: Audit,
        register: Register,
        *,
        as_of: date | None = None,
        records: object | None = None,
        progress: Progress = quiet,
    ) -> tuple[ItemEvidence, ...]:
        """Hold ratings against a register, its concerns and side records. No rating changes.

        Args:
            audit: The audit.
            register: The register.
            as_of: The day asked about; None: the day that the register speaks to.
            records: Side records, as `concerns` takes them.
            progress: Told the name of each step.

        Raises:
            DocumentError: If a side record cannot be used, or the framework is unknown; with every fault.
        """
        framework = framework_of(audit, self.frameworks())
        records = self.side_records(register, records=records, as_of=as_of)
        known = self.policies()
        wanted = [known[id] for id in rules_needed() if id in known]
        concerns = self.concerns(register, wanted, as_of=as_of, records=records, progress=progress)
        populations = concerns.facts.analysis.populations
        groups = populations.values("year-group") if "year-group" in populations.dimensions else ()
        progress("register check")
        grounds = Grounds(
            facts=concerns.facts,
            concerns=concerns,
            checks=self.check(until(register, concerns.as_of), records=records),
            releases=self.releases(concerns.as_of),
            phase=phase_of(self.configuration.school, groups)[0],
            audit=audit,
        )
        progress("indicators")
        return evidence_for(audit, framework, grounds)

    def audit_report(
        self,
        audit: Audit,
        as_of: date,
        *,
        register: Register | None = None,
        records: object | None = None,
        other: Audit | None = None,
        progress: Progress = quiet,
    ) -> View:
        """Build the report of an audit, for senior leaders.

        Args:
            audit: The audit.
            as_of: The day on which actions are overdue or not.
            register: A register that its ratings are held against; None: none.
            records: Side records, as `concerns` takes them.
            other: An earlier audit beside it; None: its second assessor, if there is one.
            progress: Told the name of each step.

        Raises:
            DocumentError: If the framework is unknown, or the other audit answers another one.
        """
        framework = framework_of(audit, self.frameworks())
        evidence = None
        if register is not None:
            day = min(as_of, register.as_of)
            evidence = self.audit_evidence(audit, register, as_of=day, records=records, progress=progress)
        comparison = None
        if other is not None:
            comparison = compare(own_view(other), own_view(audit), framework, as_of)
        elif audit.second_ratings():
            comparison = compare(own_view(audit), second_view(audit), framework, as_of)
        found = self._provenance(as_of, ()) if register is None else self.provenance(register)
        report = audit_report(
            audit,
            framework,
            status_of(audit, framework, as_of),
            evolve(found, as_of=as_of),
            evidence=evidence,
            comparison=comparison,
            school=self.configuration.school.name,
            notes=self.notes(),
        )
        return make_view(report, AUDITORS)

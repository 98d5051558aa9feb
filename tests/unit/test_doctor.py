"""The doctor finds what is missing, says how to get it, and tells what one can do without."""

import os
import subprocess
import sys

import pytest

from course_utils import doctor
from course_utils.course import Course, find_course


def run(**environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from course_utils.cli import main; main()", "doctor"]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=60)


def test_here_everything_required_is_found():
    done = run(COLUMNS="160")
    assert done.returncode == 0 and "Everything that the course needs is here." in done.stdout


def test_what_is_optional_and_missing_fails_nothing_and_says_how_to_get_it(tmp_path):
    done = run(PATH=str(tmp_path), COLUMNS="160")
    assert done.returncode == 0
    assert "optional, missing" in done.stdout and "apt install chromium" in done.stdout


def test_a_place_without_the_course_is_required_and_missing(tmp_path):
    done = run(COURSE_ROOT=str(tmp_path), COLUMNS="160")
    assert done.returncode == 2 and "Missing: clone." in done.stdout


def test_a_package_that_is_not_installed_comes_with_its_command():
    finding = doctor.package_finding("no-such-package-at-all>=2", {})
    assert not finding.ok and finding.required
    assert 'pip install "no-such-package-at-all>=2"' in finding.remedy


def test_a_package_that_is_too_old_says_which_version_is_needed():
    finding = doctor.package_finding("numpy>=999", {})
    assert not finding.ok and ">=999 is needed" in finding.detail


def test_another_version_than_the_tested_one_is_told_and_is_no_fault():
    finding = doctor.package_finding("numpy", {"numpy": "0.1"})
    assert finding.ok and "tested with 0.1" in finding.detail


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's.")
def test_a_desk_that_cannot_be_written_is_named():
    # Nobody, not even root, can make a file in /proc.
    finding = doctor.desk_finding(Course(doctor.Path("/proc")))
    assert not finding.ok and finding.required and "/proc" in finding.detail and finding.remedy


def test_every_pinned_version_is_known():
    assert doctor.tested_versions()["torch"] and find_course().root.is_dir()


def test_the_doctor_imports_no_torch():
    code = "import sys; from course_utils.doctor import diagnose; diagnose(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"

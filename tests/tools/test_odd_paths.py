"""The course in a folder whose name means something to a program: a comma, a hash, a quote."""
import os
import subprocess

import pytest

from onecnn import paths
from tools import environments, kernels, steps

ODD = "Wahl, Nr. #7 = 100% 'd\u00e9j\u00e0'"
COMPILES = """
from onecnn import cells
module = cells.functions("01_history/03_theano")
import theano
x = theano.tensor.fmatrix()
print(theano.config.floatX, theano.function([x], theano.tensor.dot(x, x))([[2]])[0, 0])
print(theano.config.compiledir)
"""


@pytest.mark.slow(reason="Theano compiles")
@pytest.mark.skipif(os.name != "posix" or not environments.compiler(), reason="no compiler, or no links")
def test_theano_compiles_into_the_courses_own_cache(tmp_path):
    if not environments.is_made(environments.MUSEUM):
        pytest.skip("the kernel museum is missing")
    course = tmp_path / ODD
    course.mkdir()
    for name in ("onecnn", "notebooks", environments.MUSEUM.folder):
        (course / name).symlink_to(paths.ROOT / name, target_is_directory=True)
    env = {**steps.clean_environ(), **kernels.variables(environments.MUSEUM), "ONECNN_CACHE": str(course / ".cache"),
           "PYTHONPATH": str(course)}
    command = [course / environments.MUSEUM.folder / "bin" / "python", "-c", COMPILES]
    done = subprocess.run(command, env=env, cwd=course, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result, folder = done.stdout.splitlines()[-2:]
    assert result == "float32 4.0" and folder.startswith(f"{course}/.cache/theano/compiledir_")
    assert [file.name for file in tmp_path.iterdir()] == [ODD], "nothing beside it"

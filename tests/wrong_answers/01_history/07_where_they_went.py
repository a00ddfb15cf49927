"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 causes", 0, """
causes = {"iterable": "python", "float": "numpy", "spec": "numpy", "copy": "meaning",
          "weights": "artefact"}
"""),
    ("1 causes", 0, """
causes = {"iterable": "python", "float": "numpy", "spec": "python", "copy": "numpy",
          "weights": "artefact"}
"""),
    ("1 causes", 0, """
causes = {"iterable": "python", "float": "numpy", "spec": "python", "copy": "meaning",
          "weights": "python"}
"""),
    ("1 causes", 0, """
causes = {"iterable": "python", "float": "numpy"}
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:]
            if not any(version in SpecifierSet(needs[a]) or version in SpecifierSet(needs[b])
                       for version in versions)]
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for a in names for b in names if a != b
            and not any(version in SpecifierSet(needs[a]) and version in SpecifierSet(needs[b])
                        for version in versions)]
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:]
            if not all(version in SpecifierSet(needs[a]) and version in SpecifierSet(needs[b])
                       for version in versions)]
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:]
            if not SpecifierSet(needs[a]) & SpecifierSet(needs[b])]
"""),
    ("2 quarrels", 1, """
    return [("jax", "mxnet")]
"""),
    ("3 pin", 2, 'pin = "numpy<2"'),
    ("3 pin", 2, 'pin = "numpy~=1.23"'),
    ("3 pin", 2, 'pin = "numpy==1.23"'),
    ("3 pin", 2, 'pin = "numpy<1.24"'),
    ("3 pin", 2, 'pin = "numpy>=1.23.2"'),
    ("3 pin", 2, 'pin = "numpy 1.23.5"'),
    ("4 formats", 3, """
loads = {"arrays.npz": True, "objects.npz": True, "network.pickle": False, "lists.json": True,
         "plain.safetensors": True}
"""),
    ("4 formats", 3, """
loads = {"arrays.npz": True, "objects.npz": False, "network.pickle": True, "lists.json": True,
         "plain.safetensors": True}
"""),
    ("4 formats", 3, """
loads = {"arrays.npz": True, "objects.npz": False, "network.pickle": False, "lists.json": True,
         "plain.safetensors": False}
"""),
    ("4 formats", 3, """
loads = {"arrays.npz": True, "objects.npz": False}
"""),
]

"""What runs where: the table of TEACHING.md, made by the code that decides it."""
from tools import environments

PLATFORMS = (("Linux on x86-64", "Linux", "x86_64"), ("Linux on ARM", "Linux", "aarch64"),
             ("macOS on Apple silicon", "Darwin", "arm64"), ("macOS on Intel", "Darwin", "x86_64"),
             ("Windows on x86-64", "Windows", "amd64"), ("Windows on ARM", "Windows", "arm64"))


def kernels(system: str, machine: str) -> set[str]:
    """The kernels that a platform can have; none without the course's own. ``machine``: Python's name, in small letters."""
    if environments.no_packages(environments.COURSE, system, machine):
        return set()
    return {env.kernel for env in environments.ENVIRONMENTS if not environments.no_packages(env, system, machine)}


def table(chapters: "list[tuple[str, tuple[str, ...]]]") -> str:
    """Markdown: a row for each platform. ``chapters``: kernel and needs of each, as ``contents.json`` has them."""
    columns = [env.kernel for env in environments.ENVIRONMENTS]
    rows = [f"| | {' | '.join(f'`{kernel}`' for kernel in columns)} | notebooks that run whole |",
            "|---" * (len(columns) + 2) + "|"]
    for title, system, machine in PLATFORMS:
        here = kernels(system, machine)
        whole = sum({kernel, *needs} - {"compiler"} <= here for kernel, needs in chapters)
        rows.append(f"| {title} | {' | '.join('yes' if kernel in here else '-' for kernel in columns)} "
                    f"| {whole or 'none'}{f' of {len(chapters)}' if whole else ': use Binder'} |")
    return "\n".join(rows)

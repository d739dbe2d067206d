"""The house of DESIGN sections 2 and 3, where the import contracts cannot see it: names, sizes, places, words."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "twin", "devices", "assets")
AT_THE_TOP = {
    "pyproject.toml", "README.md", "LICENSE", "app", "twin", "devices", "assets", "tests", "packaging",
}  # fmt: skip
ROOMS = {
    "app": {
        "jobs", "label_reading", "label_camera", "light_baking",
        "__init__", "__main__", "cli", "engine", "loop", "inbox", "portfolio", "actions", "settings", "selection", "log", "stop_signals", "view",
        "bench", "api", "server", "freed_memory", "light_process", "i18n", "author", "code_cache", "crash_reports", "calendars", "site_time", "insight_api", "approval_api", "care_interface", "home_interface", "privacy_interface", "pairing_interface", "planning_interface", "sharing_interface", "setup_code_interface", "link_interface", "radio_interface", "rule_interface", "pairing_requests", "joining_interface",
        "notification_interface", "report_interface", "work_orders", "desktop_notification", "questions",
    },
    "twin": {
        "__init__", "model", "files", "building", "store", "rules", "insight", "share", "light",
    },
    "devices": {
        "__init__", "link", "link_secret", "folders", "normalise", "products", "capture", "secrets", "lab", "command_tracker",
        "send_window", "candidate_merge", "tls", "local_name", "link_local", "link_distinction", "loopback_address", "host_link", "json_document", "choice_names", "http_session", "mdns", "code_matching", "contract", "device_alarms", "device_table", "discovery", "link_presence", "meeting", "software_files",
        "protocol_registry", "protocols", "resolve_queue", "polling", "node_runtime", "tethered_process", "network_check", "event_columns", "exported_text", "timing_options", "wanted_value",
        "network_scans", "upnp_search", "zeroconf_interfaces",
    },
    "app/view": {
        "__init__", "window", "feed", "theme", "scene", "chart", "control", "panel", "gui_load", "garbage_collection", "style", "icon", "array_sets",
        "building_feed", "plan", "label", "report", "command_log", "command_status", "last_view", "docks", "import_hooks", "menus", "actions",
        "device_commands", "dialog_factory", "drag_data", "formatting", "history_cursor", "i18n", "menu_entry", "recent_values", "room_verdicts",
        "scene_widget", "screenshot", "startup", "wiring", "module_loader", "late_modules", "tray_icon", "background_question", "building_pick",
        "turn_queue", "pending_calls", "displayed_moments", "shown_moment", "site_clock", "sent_commands", "activity_bar", "alarm_outlines", "alarm_signals", "central_pages", "twin_widget", "plan_editing", "window_parts", "export_name",
    },
}  # fmt: skip
NETWORK = {"aiomqtt", "aiohttp", "pymodbus", "bacpypes3", "xknx", "aiohomekit", "aioesphomeapi", "paho"}
SQL = re.compile(r"^\s*(select|insert|update|delete|create|drop|alter|pragma|begin)\s+\w", re.IGNORECASE)


@cache
def sources() -> tuple[Path, ...]:
    """Every Python file that ships."""
    return tuple(sorted(file for package in PACKAGES for file in (TOP / package).rglob("*.py")))


@cache
def tree(file: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"))


def name(file: Path) -> str:
    """The path as a person writes it."""
    return file.relative_to(TOP).as_posix()


def functions(file: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    return [node for node in ast.walk(tree(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def imports(file: Path) -> set[str]:
    """Top-level names of what a file imports, at any depth of nesting."""
    found: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_nothing_stands_at_the_top_but_what_the_card_names() -> None:
    there = {path.name for path in TOP.iterdir() if not path.name.startswith(".") and path.name != "uv.lock"}
    assert there - {"__pycache__", "dist"} <= AT_THE_TOP


def test_packaging_is_a_folder_and_never_a_package() -> None:
    assert not (TOP / "packaging" / "__init__.py").exists()


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_has_its_place_in_the_house(room: str) -> None:
    folder = TOP / room
    there = {p.stem for p in folder.glob("*.py")} | {p.name for p in folder.iterdir() if (p / "__init__.py").exists()}
    assert there <= ROOMS[room], f"without a place in {room}/: {sorted(there - ROOMS[room])}"


def test_folders_of_the_scene_stay_small() -> None:
    folders = [path for path in (TOP / "app/view/scene").rglob("*") if path.is_dir() and path.name != "__pycache__"]
    files = {name(folder): len(list(folder.glob("*.py"))) for folder in [TOP / "app/view/scene", *folders]}
    assert len(files) >= 9
    assert not {folder: count for folder, count in files.items() if count > 20}


def test_a_protocol_is_one_folder_with_an_adapter() -> None:
    folder = TOP / "devices" / "protocols"
    assert [path.name for path in folder.glob("*.py")] == ["__init__.py"]
    protocols = [path for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert len(protocols) >= 3
    assert not [name(path) for path in protocols if not (path / "adapter.py").exists()]


def test_no_file_is_a_drawer_for_odds_and_ends() -> None:
    banned = {"utils", "util", "common", "helpers", "helper", "misc", "tools"}
    assert not [name(file) for file in sources() if file.stem in banned]


def repeats_by_itself(source: str) -> bool:
    """Whether a coroutine in this source waits and goes round for ever, or until something is closed."""
    return any(
        isinstance(loop, ast.While)
        and (isinstance(loop.test, ast.Constant) or re.search(r"clos|stop", ast.unparse(loop.test)))
        and not any(isinstance(part, ast.Compare) for part in ast.walk(loop.test))  # it ends by time, or by a state
        and re.search(r"await \S*(sleep|wait)\(", ast.unparse(loop))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AsyncFunctionDef)
        for loop in ast.walk(node)
    )


def test_every_endless_loop_of_the_engine_is_repeat() -> None:
    bad = {
        name(file) for file in sources() if name(file).startswith("app/engine/") and repeats_by_itself(file.read_text())
    }
    assert bad == {"app/engine/repeating.py"}


@pytest.mark.parametrize(
    "line",
    [
        "while True:\n  await asyncio.sleep(1)",
        "while not self._session.closing:\n  await look()\n  await asyncio.sleep(1)",
        "while not stopped:\n  await event.wait()",
    ],
)
def test_every_way_to_go_round_for_ever_is_known(line: str) -> None:
    assert repeats_by_itself("async def f():\n" + "\n".join(f" {one}" for one in line.splitlines()))


def test_no_class_is_called_manager_handler_or_helper() -> None:
    bad = [
        f"{name(file)}:{node.lineno} {node.name}"
        for file in sources()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Handler|Helper|Utils?)$", node.name)
        and not any(ast.unparse(base).endswith("Handler") for base in node.bases)
    ]  # fmt: skip
    assert not bad


LARGE_FUNCTIONS = 12
"""Number of functions of over 40 lines; it only shrinks."""


def test_files_stay_small() -> None:
    lines = {name(file): file.read_text(encoding="utf-8").count("\n") for file in sources()}
    assert not {file: n for file, n in lines.items() if n > 400}


def test_functions_stay_small() -> None:
    lengths = {
        f"{name(file)}:{node.lineno} {node.name}": length(node) for file in sources() for node in functions(file)
    }
    assert not {place: n for place, n in lengths.items() if n > 80}
    large = {place: n for place, n in lengths.items() if n > 40}
    assert len(large) <= LARGE_FUNCTIONS, large


def test_sql_is_written_only_in_the_store() -> None:
    bad = [
        f"{name(file)}:{node.lineno}"
        for file in sources()
        if not name(file).startswith(("twin/store/", "app/bench/"))
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
        and re.search(r"\b(from|into|table|set|index|values)\b", node.value, re.IGNORECASE) and "\n\n" not in node.value
    ]  # fmt: skip
    assert not bad


DATA = {"tzdata"}
"""Distributions that are data for the standard library: nobody imports them."""


def modules(distribution: str) -> set[str]:
    """Dotted names of what a distribution brings: packages, and modules one level below."""
    found: set[str] = set()
    for file in importlib.metadata.distribution(distribution).files or ():
        *folders, last = file.parts
        stem = last.partition(".")[0]
        if last.endswith((".py", ".so", ".pyd")) and not set(folders) & {"..", "tests"}:
            names = [*folders, *([] if stem == "__init__" else [stem])]
            found |= {".".join(names[:1]), ".".join(names[:2])}
    return found


def test_every_dependency_is_used_by_something() -> None:
    told = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = {re.split(r"[<>=;\[ ]", one)[0] for one in told} - DATA
    used: set[str] = set()
    for file in sources():
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                used |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    used = {".".join(name.split(".")[:depth]) for name in used for depth in (1, 2)}
    own = {one: modules(one) for one in wanted}
    shared = {name for one in own for other in own if one != other for name in own[one] & own[other]}
    assert not sorted(one for one in wanted if not (own[one] - shared) & used)


def test_a_network_library_belongs_to_one_adapter() -> None:
    users: dict[str, set[str]] = {}
    for file in sources():
        for library in imports(file) & NETWORK - {"aiohttp"}:  # HTTP is the transport of several protocols
            users.setdefault(library, set()).add(_protocol(file))
    shared = {lib: sorted(owners - {"lab", "door"}) for lib, owners in users.items()}
    assert not {lib: owners for lib, owners in shared.items() if len(owners) > 1}


def _protocol(file: Path) -> str:
    """The protocol that a file belongs to (`devices/protocols/mqtt/mqtt_session.py`), or `lab`; else its own name."""
    match file.relative_to(TOP).parts:
        case ("devices", "protocols", folder, _, *_):
            return folder
        case ("app", "server", *_) | ("app", "bench", "door.py") | ("app", "engine", "notification_sending.py"):
            return "door"
        case ("devices", "lab", *_):
            return "lab"
        case _:
            return name(file)


FUTURES = {"Future", "CancelledError"}
"""What a view may know of `concurrent.futures`: an answer, and that it was called off."""
QT_THREADS = re.compile(r"\b(QThread\w*|QRunnable|QtConcurrent|QProcess|QtNetwork|QLocal(Socket|Server)|QTcp\w+)\b")


def works_by_itself(source: str) -> bool:
    """Whether a view starts threads, processes or connections of its own, with the library's means or with Qt's."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(alias.name.startswith("concurrent") for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("concurrent"):
            if node.module != "concurrent.futures" or not {alias.name for alias in node.names} <= FUTURES:
                return True
        elif isinstance(node, ast.Import | ast.ImportFrom) and QT_THREADS.search(ast.unparse(node)):
            return True
    return False


def test_a_view_has_no_threads_executors_or_sockets_of_its_own() -> None:
    views = [file for file in sources() if name(file).startswith("app/view/")]
    assert not [name(file) for file in views if works_by_itself(file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    "line",
    ["from concurrent.futures import ThreadPoolExecutor", "import concurrent.futures", "from concurrent import futures",
     "from concurrent.futures.thread import ThreadPoolExecutor", "from PySide6.QtCore import QThreadPool",
     "def f():\n    from PySide6.QtNetwork import QTcpSocket", "from PySide6.QtCore import QProcess, QObject"],
)  # fmt: skip
def test_every_way_to_work_by_itself_is_known(line: str) -> None:
    assert works_by_itself(line)
    assert not works_by_itself("from concurrent.futures import Future")


def test_the_window_is_made_of_tables() -> None:
    text = (TOP / "app/view/window.py").read_text(encoding="utf-8")
    assert text.count(".connect(") <= 12


SCENES = {"scene", "_scene", "stage", "_stage"}


def writes_into_a_scene(source: str) -> bool:
    """Whether it sets an attribute of a scene that is not its own: `scene.theme = …`."""
    targets = (
        target
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for whole in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for target in (whole.elts if isinstance(whole, ast.Tuple) else [whole])
    )
    return any(
        isinstance(target, ast.Attribute)
        and (target.value.id if isinstance(target.value, ast.Name) else getattr(target.value, "attr", "")) in SCENES
        for target in targets
    )


@pytest.mark.parametrize("file", [f for f in sources() if "asyncio.gather" in f.read_text(encoding="utf-8")], ids=name)
def test_no_loop_waits_for_tasks_without_giving_way(file: Path) -> None:
    """asyncio.gather of tasks that are done gives no way to the callbacks that would take them out of a set: a loop until the
    set is empty then never ends, and an engine never stops. asyncio.wait always gives way."""
    spinning = [
        loop.lineno
        for loop in ast.walk(tree(file))
        if isinstance(loop, ast.While)
        for call in ast.walk(loop)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "asyncio.gather"
        if any(isinstance(one, ast.Starred) and ast.unparse(loop.test) in ast.unparse(one) for one in call.args)
    ]
    assert not spinning, f"{name(file)}: asyncio.wait instead of asyncio.gather in the loops of lines {spinning}"


@pytest.mark.parametrize("file", [f for f in sources() if "QPainter(" in f.read_text(encoding="utf-8")], ids=name)
def test_who_begins_a_painter_ends_it(file: Path) -> None:
    """A painter that ends with its frame is active as long as anything keeps the frame, as the traceback of an error does; Qt
    then crashes in the next painting."""
    for function in functions(file):
        begun = {
            ast.unparse(one.targets[0])
            for one in ast.walk(function)
            if isinstance(one, ast.Assign)
            and isinstance(one.value, ast.Call)
            and ast.unparse(one.value.func) == "QPainter"
        }
        ended = {ast.unparse(one.func) for one in ast.walk(function) if isinstance(one, ast.Call)}
        left = {painter for painter in begun if not painter.startswith("self.") and f"{painter}.end" not in ended}
        assert not left, f"{name(file)}: {function.name} does not end {left}"


@pytest.mark.parametrize("file", [f for f in sources() if name(f).startswith(("app/view", "app/engine"))], ids=name)
def test_the_window_and_its_engine_take_distinct_values_without_numpy_ma(file: Path) -> None:
    """np.unique of plain values imports numpy.ma when it is first called: 20 to 50 ms on the screen's thread."""
    plain = [
        call.lineno
        for call in ast.walk(tree(file))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "np.unique" and not call.keywords
    ]
    assert not plain, f"{name(file)}: app.view.array_sets.distinct instead of np.unique in lines {plain}"


def test_nobody_writes_attributes_of_the_scene_but_the_scene() -> None:
    found = [name(file) for file in sources() if writes_into_a_scene(file.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "line", ["scene.mesh = x", "self._scene.mesh, one = x, y", "view.scene.lit |= x", "stage.pose: int = 1"]
)
def test_every_way_to_write_into_the_scene_is_known(line: str) -> None:
    assert writes_into_a_scene(line)
    assert not writes_into_a_scene("self.scene = x; scene = y; scene.set_mesh(z)")


def test_no_file_names_a_registry_or_a_machine_path() -> None:
    banned = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|/root/|/work/")
    files = [*sources(), *(TOP / "tests").rglob("*.py"), TOP / "pyproject.toml", TOP / "README.md", TOP / ".ci" / "run"]
    this = Path(__file__)
    assert not [name(f) for f in files if f != this and banned.search(f.read_text(encoding="utf-8"))]


WRITES = {"write_text", "write_bytes", "copyfile", "copy2", "copytree", "NamedTemporaryFile", "mkstemp"}
WRITERS = {"twin/files/atomic.py"}
"""The one place that writes files for users."""
PRIVATE = ("devices/lab/", "app/bench/")
"""Training devices and benches write into folders of their own, which are thrown away."""
STREAMS = {
    (
        "devices/protocols/matter/server.py",
        "self._log.open",
    ),  # a log and a lock file grow or stand, they are never replaced
    ("devices/protocols/matter/server.py", "file.open"),
    ("app/crash_reports.py", "report.open"),  # written to by the process as it ends
    ("twin/building/page_reader.py", "os.fdopen"),  # the pipe to the parent
    ("twin/building/calendar_reader.py", "os.fdopen"),
    ("twin/store/file_lock.py", "os.open"),
    (
        "devices/protocols/mqtt/announcement_memory.py",
        "self._changes.open",
    ),  # a journal: a line that was cut is passed over
}


def writes(node: ast.AST) -> bool:
    """Whether a call opens, makes or copies a file for writing. `part` is what `atomic.replacing` gave."""
    if isinstance(node, ast.Attribute):
        return node.attr in WRITES or ast.unparse(node) == "shutil.move"
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    if called == "os.open":
        return any(flag in ast.unparse(node) for flag in ("O_WRONLY", "O_RDWR", "O_CREAT"))
    modes = [arg.value for arg in [*node.args, *(k.value for k in node.keywords)] if isinstance(arg, ast.Constant)]
    if called == "open" or called.endswith((".open", ".fdopen", "ZipFile")):
        safe = bool(node.args) and ast.unparse(node.args[0]) == "part"
        return not safe and any(isinstance(m, str) and re.fullmatch(r"[wax]b?\+?t?|r\+b?|rb\+", m) for m in modes)
    return called.endswith(".save") and bool(node.args) and "buffer" not in ast.unparse(node.args[0])


def test_files_are_written_in_one_place_that_writes_them_whole() -> None:
    bad = [
        f"{name(file)}:{getattr(node, 'lineno', 0)} {ast.unparse(node)[:80]}"
        for file in sources()
        if name(file) not in WRITERS and not name(file).startswith(PRIVATE)
        for node in ast.walk(tree(file))
        if writes(node)
        and (name(file), ast.unparse(getattr(node, "func", node))) not in STREAMS
        and not ast.unparse(node).startswith("self.save(")
    ]
    assert not bad


@pytest.mark.parametrize(
    "line",
    ["open(p, 'w')", "p.open('wb')", "p.open(mode='a')", "p.write_text(t)", "os.open(p, os.O_WRONLY)", "picture.save(p)",
     "ZipFile(p, 'w')", "shutil.copyfile(a, b)", "work(p.write_bytes, t)", "p.open('r+b')"],
)  # fmt: skip
def test_every_way_of_writing_a_file_is_known(line: str) -> None:
    assert any(writes(node) for node in ast.walk(ast.parse(line)))


def test_every_public_thing_says_its_contract() -> None:
    silent = [
        f"{name(file)}:{node.lineno} {node.name}"
        for file in sources()
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent

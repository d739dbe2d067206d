"""The form for the options of a link: made from the schema of the address's protocol, sent with the address."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from app.view.i18n import set_language
from app.view.panel.link_options_form import FIELD_PX, LinkOptionsForm
from app.view.window import MainWindow
from tests.app.view.fake_api import FakeDesk, done
from twin.model.link_option import LinkOption, LinkSchema, OptionKind
from twin.model.text import LIBRARY, Text

SCHEMA = (
    LinkOption(
        name="units",
        title=Text(LIBRARY, text="Unit ids"),
        default="1",
        example="1,2",
        help=Text(LIBRARY, text="The unit ids of the devices"),
    ),
    LinkOption(
        name="birth",
        title=Text(LIBRARY, text="Ask them"),
        kind=OptionKind.FLAG,
        default="yes",
        help=Text(LIBRARY, text="Asks the devices"),
    ),
    LinkOption(
        name="mode",
        title=Text(LIBRARY, text="Mode"),
        kind=OptionKind.CHOICE,
        choices=("fast", "slow"),
        help=Text(LIBRARY, text="How it is done"),
    ),
)


def test_each_kind_of_option_has_its_field_and_only_what_was_changed_is_sent(qtbot: QtBot) -> None:
    form = LinkOptionsForm()
    qtbot.addWidget(form)
    form.set_schema(SCHEMA)
    units, birth, mode = (form.fields[name] for name in ("units", "birth", "mode"))
    assert isinstance(units, QLineEdit)
    assert isinstance(birth, QCheckBox)
    assert isinstance(mode, QComboBox)
    assert form.values() == {}
    units.setText(" 1,2 ")
    birth.setChecked(False)
    mode.setCurrentText("slow")
    assert form.values() == {"units": "1,2", "birth": "no", "mode": "slow"}
    units.setText("1")
    assert "units" not in form.values()


def test_a_file_is_chosen_or_typed(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    form = LinkOptionsForm()
    qtbot.addWidget(form)
    table = LinkOption(
        name="table", title=Text(LIBRARY, text="Table"), kind=OptionKind.FILE, help=Text(LIBRARY, text="A")
    )
    form.set_schema((*SCHEMA, table))
    assert set(form.choosers) == {"table"}
    asked = list[tuple[str, str]]()
    chosen = iter(["/home/me/house 1.knxproj", ""])

    def ask(_: object, title: str, at: str) -> tuple[str, str]:
        asked.append((title, at))
        return next(chosen), ""

    monkeypatch.setattr("app.view.panel.link_options_form.QFileDialog.getOpenFileName", ask)
    for _ in range(2):  # the second time it is cancelled
        form.choosers["table"].click()
        assert form.values() == {"table": "/home/me/house 1.knxproj"}
    assert asked == [("Table", ""), ("Table", "/home/me/house 1.knxproj")]
    form.retranslate()
    assert form.values() == {"table": "/home/me/house 1.knxproj"}


def test_what_was_typed_outlives_a_change_of_the_language_and_of_the_schema(qtbot: QtBot) -> None:
    form = LinkOptionsForm()
    qtbot.addWidget(form)
    form.set_schema(SCHEMA)
    field = form.fields["units"]
    assert isinstance(field, QLineEdit)
    field.setText("7")
    set_language("zh_CN")
    form.retranslate()
    set_language("en")
    form.set_schema(SCHEMA[:1])
    assert form.values() == {"units": "7"}
    form.set_schema(())
    assert form.isHidden()


def test_an_address_asks_for_the_options_of_its_protocol_and_sends_them(window: MainWindow, api: FakeDesk) -> None:
    api.answers["link_options"] = done(LinkSchema(options=SCHEMA))
    install = window.panel("install")
    install.url.setText("modbus://10.0.0.7")  # type: ignore[attr-defined]
    assert install.login.isHidden(), "Modbus knows no login"  # type: ignore[attr-defined]
    form = install.link_options  # type: ignore[attr-defined]
    window.feed.tick()
    assert set(form.fields) == {"units", "birth", "mode"}
    form.fields["units"].setText("1,2")
    install.by_url.click()  # type: ignore[attr-defined]
    assert api.asked[-1] == ("add", ("modbus://10.0.0.7", "", "", None, {"units": "1,2"}))
    window.feed.tick()


def test_options_that_come_too_late_are_not_shown(window: MainWindow, api: FakeDesk) -> None:
    slow: Future[LinkSchema] = Future()
    api.answers["link_options"] = slow
    install = window.panel("install")
    install.url.setText("modbus://10.0.0.7")  # type: ignore[attr-defined]
    del api.answers["link_options"]
    install.url.setText("mqtts://hub.local")  # type: ignore[attr-defined]
    slow.set_result(LinkSchema(options=SCHEMA))
    window.feed.tick()
    assert install.link_options.fields == {}  # type: ignore[attr-defined]
    assert not install.login.isHidden()  # type: ignore[attr-defined]


def test_a_field_is_wide_enough_to_type_into_whatever_the_titles_are(app: object, qtbot: QtBot) -> None:
    long = Text(LIBRARY, text="Ask devices to announce themselves, and wait for them")
    form = LinkOptionsForm()
    qtbot.addWidget(form)
    form.set_schema((replace(SCHEMA[0], title=long), replace(SCHEMA[1], title=long)))
    form.resize(228, 300)  # the panel at its least width
    form.show()
    QApplication.processEvents()
    units = form.fields["units"]
    assert units.width() >= FIELD_PX
    assert form.rect().contains(units.mapTo(form, units.rect().bottomRight()))


def test_the_login_follows_what_the_protocol_declares_and_is_offered_where_that_is_unknown(
    window: MainWindow, api: FakeDesk
) -> None:
    install = window.panel("install")
    api.answers["link_options"] = done(LinkSchema(has_login=True))
    install.url.setText("shelly://10.0.0.7")  # type: ignore[attr-defined]
    window.feed.tick()
    assert not install.login.isHidden()  # type: ignore[attr-defined]
    api.answers["link_options"] = done(LinkSchema())
    install.url.setText("knx://10.0.0.7")  # type: ignore[attr-defined]
    window.feed.tick()
    assert install.login.isHidden()  # type: ignore[attr-defined]
    failed: Future[LinkSchema] = Future()
    failed.set_exception(OSError("gone"))
    api.answers["link_options"] = failed
    install.url.setText("another://10.0.0.7")  # type: ignore[attr-defined]
    window.feed.tick()
    assert not install.login.isHidden()  # type: ignore[attr-defined]

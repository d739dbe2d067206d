"""Line of one stage of commissioning."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer
from PySide6.QtWidgets import QWidget

from app.i18n import sentence, tr
from app.view.control.widgets import IconLabel, Spinner, row, text_label
from twin.model.candidate import CommissioningStage, StageState


class StageLine(QWidget):
    """Line of one stage: spinner, tick or cross, title, seconds."""

    def __init__(self, stage: CommissioningStage) -> None:
        super().__init__()
        self.spinner, self.mark = Spinner(18), IconLabel("check", tone="good", size=18)
        self.label, self.seconds = text_label("", ""), text_label("", "faint")
        self.setLayout(row(self.spinner, self.mark, self.label, 1, self.seconds, spacing=10))
        self._clock = QElapsedTimer()
        self._clock.start()
        self.show_stage(stage)

    def show_stage(self, stage: CommissioningStage) -> None:
        """Shows the state of the stage."""
        self.stage = stage
        running = stage.state is StageState.STARTED
        self.spinner.set_busy(running)
        self.spinner.setVisible(running)
        self.mark.setVisible(not running)
        failed = stage.state is StageState.FAILED
        self.mark.set_icon("cross" if failed else "check", "error" if failed else "good")
        self.label.setText(sentence(stage.title))
        self.seconds.setText("" if running else tr("{seconds} s", seconds=f"{stage.seconds:.1f}"))
        self.setAccessibleName(f"{sentence(stage.title)}: {tr(stage.state)}")

    def beat(self) -> None:
        """Updates the elapsed seconds while the stage is running."""
        if self.stage.state is StageState.STARTED:
            self.seconds.setText(tr("{seconds} s", seconds=self._clock.elapsed() // 1000))

"""Everything with Qt, VTK and pyqtgraph."""

from app.view.imports import quicken

quicken()

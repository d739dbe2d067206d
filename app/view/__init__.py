"""The graphical user interface: every module that needs Qt, VTK or pyqtgraph."""

from app.view.import_hooks import quicken

quicken()

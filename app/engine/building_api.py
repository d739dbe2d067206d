"""The part of EngineApi that reads, imports, draws and exports the building."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from app.engine.engine_core import EngineCore
from app.engine.project_lights import ProjectLights, refuse_bad_light
from app.engine.session import ProjectSession
from twin.light.model import StoreyModel
from twin.light.storey_light import StoreyLight
from twin.model.building import Building
from twin.model.document_page import DocumentPage
from twin.model.drawing import Drawing, DrawingWithPictures
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.import_review import Review
from twin.model.mesh import Mesh


class BuildingApi(EngineCore):
    """Building methods of the engine. Each returns at once with a future; fails with ProblemError where no project is
    open, unless its docstring states otherwise.
    """

    def mesh(self) -> Future[Mesh | None]:
        """The building's mesh from the project; None where there is no building or no open project."""

        async def work() -> Mesh | None:
            return await self.context.run_blocking(self._session.project.mesh) if self._session else None

        return self._run(work(), "mesh")

    def light(
        self, storey: StoreyId, make: Callable[[], StoreyModel | None], quality: str
    ) -> Future[tuple[StoreyLight, str] | None]:
        """The light of a storey and its quality (`draft` or `normal`), from the project or baked in a child process;
        None without a model.
        """
        return self._run(self._light.light(self._lights(), storey, make, quality), "light")

    def kept_light(self, key: str) -> Future[bytes | None]:
        """The compressed light that the project keeps under a key; None where there is none."""

        async def work() -> bytes | None:
            lights = self._lights()
            return None if lights is None else await lights.read(key)

        return self._run(work(), "kept light")

    def keep_light(self, storey: StoreyId, key: str, data: bytes) -> Future[None]:
        """Keeps light that a client has baked in the project; ProblemError where it is none."""

        async def work() -> None:
            lights = self._lights()
            await self.context.run_blocking(partial(refuse_bad_light, key, data))
            if lights is not None:
                await lights.keep(storey, key, data)

        return self._run(work(), "keep light")

    def _lights(self) -> ProjectLights | None:
        return ProjectLights(self._session.project, self.context.run_blocking) if self._session else None

    def import_building(self, path: str) -> Future[None]:
        """Reads a building file into the project."""

        async def work(session: ProjectSession) -> None:
            await (await self._importing()).import_building(session, self.jobs, Path(path))

        return self._run(self._edit(work), "import")

    def review(self, path: str, into: str = "") -> Future[Review]:
        """Reviews the import of a file; changes nothing."""

        async def work() -> Review:
            session, importing = self.session, await self._importing()
            return session.reviews.keep(await importing.review(session, self.jobs, path, into))

        return self._run(work(), "review")

    def review_again(self, review: str, into: str) -> Future[Review]:
        """Reviews the file of an earlier review for another `into`."""

        async def work() -> Review:
            session, importing = self.session, await self._importing()
            return session.reviews.keep(await importing.review(session, self.jobs, session.reviews.find(review), into))

        return self._run(work(), "review")

    def keep_review(self, review: Review) -> Review:
        """Stores a review made by a verb inside this engine, for `accept`, and returns it with its id. Blocks; not for
        clients.
        """

        async def work() -> Review:
            return self.session.reviews.keep(review)

        return self._run(work(), "review").result()

    def accept(self, review: str, decisions: Mapping[RoomId, RoomId | None]) -> Future[None]:
        """Imports as reviewed (by id), in one undo step; `decisions` maps lost rooms to the rooms of their devices."""

        async def work(session: ProjectSession) -> None:
            await (await self._importing()).accept(session, session.reviews.find(review), decisions)
            session.reviews.forget(review)

        return self._run(self._edit(work), "import")

    def drawing(self) -> Future[DrawingWithPictures | None]:
        """The drawing that the building was made from; None where it came from a file, or nothing is open."""

        async def work() -> DrawingWithPictures | None:
            return await self.context.run_blocking(self._session.project.drawing) if self._session else None

        return self._run(work(), "drawing")

    def sketch(self, drawing: Drawing, storey: int) -> Future[Building]:
        """Builds one storey (by its id) of a drawing, on the thread pool; nothing is saved."""
        return self._run(self._sketches.sketch(drawing, storey), "sketch")

    def page(self, path: str, number: int = 0, without: Collection[str] = ()) -> Future[DocumentPage]:
        """A page (from 0) of a PDF, or a DXF drawing without the layers in `without`, as a picture made by a child
        process.
        """

        async def work() -> DocumentPage:
            def read() -> DocumentPage:
                from twin.building.page_reader import read_page

                return read_page(Path(path), number, without=without)

            return await self.context.run_blocking(read)

        return self._run(work(), "page")

    def set_drawing(self, drawn: DrawingWithPictures) -> Future[None]:
        """Saves the drawing and its building in the project, as one undo step."""
        return self._run(self._edit(lambda session: self._sketches.save_drawing(session, drawn)), "draw")

    def export(self, path: str) -> Future[int]:
        """Writes the building and its devices as `.glb` or `.ifc`; returns the number of nodes or devices."""

        async def work(session: ProjectSession) -> int:
            exporting = await self.context.imported("app.engine.exporting")
            return await self.context.run_blocking(
                lambda: exporting.export(session.twin, session.edits.project, Path(path))
            )

        return self._run(self._edited(work), "export")

    def export_devices(self, path: str, devices: Collection[DeviceId]) -> Future[int]:
        """Writes a table of these devices and their current values as CSV; returns the number of rows."""

        async def work(session: ProjectSession) -> int:
            exporting = await self.context.imported("app.engine.exporting")
            return await self.context.run_blocking(lambda: exporting.export_devices(session, devices, Path(path)))

        return self._run(self._edited(work), "export devices")

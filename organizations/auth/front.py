"""The front controller of the fast path, with our credentials."""

from fluxrate.api.fast_path.front import Application, FrontController

from .credentials import read_credential


def front_controller(application: Application) -> FrontController:
    return FrontController(application, read_credential)

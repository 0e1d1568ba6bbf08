"""Ways to write a picture that need Qt, and with them the table of all formats by suffix (".png")."""

from collections.abc import Mapping
from types import MappingProxyType

from graphviz_app.export import pdf, png
from graphviz_models import export
from graphviz_models.export import Format, table

__all__ = ["FORMATS", "Format"]

FORMATS: Mapping[str, Format] = MappingProxyType({**export.FORMATS, **table((png, pdf))})

"""What a person sees on a panel: the text, color and state of each series, as Grafana shows them.

`see` takes a compiled panel (plain JSON) and the answers of its queries, and returns what Grafana would write and in
which color. The room is pure and knows nothing of how a panel was compiled: no file, clock or network, and nothing
of declarations. How Grafana formats, maps, colors and reduces is held to `@grafana/data` (`tests/glance/`).

What the reader does not know (a plugin's panel, a transformation, a color scheme) raises a `GlanceError` that names
it.
"""

from dashlib.glance.answers import Answer, GlanceError, Series
from dashlib.glance.panels import Seen, Shown, is_about_now, see

__all__ = ["Answer", "GlanceError", "Seen", "Series", "Shown", "is_about_now", "see"]

"""How one printer is set up: a form in two columns, read back as a profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from kiosk.domain.printer_offers import Offer
from kiosk.domain.printer_words import media_words
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.ui.widgets.controls import button, field
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.inputs import Chooser, add_row, number, whole, yes_no
from kiosk.ui.widgets.text import label

DPI = (180, 203, 300, 360, 600)
OTHER_SIZE = Media(0)
"""Stands for a size that is typed."""


def transports() -> list[tuple[str, str]]:
    """The ways to reach a printer, in words."""
    return [
        ("tcp", _("Network, port 9100")),
        ("usb", _("USB")),
        ("ipp", _("Network, IPP")),
        ("cups", _("Queue of CUPS")),
        ("system", _("This computer's driver")),
        ("winspool", _("Windows' spooler")),
        ("serial", _("Serial line")),
        ("file", _("Folder")),
    ]


def address_hint(transport: str) -> str:
    """What an address looks like."""
    return {
        "tcp": _("192.168.1.50 or 192.168.1.50:9100"),
        "usb": "/dev/usb/lp0",
        "ipp": "ipp://192.168.1.50/ipp/print",
        "cups": _("the name of the queue"),
        "system": _("the printer's name on this computer"),
        "winspool": _("the printer's name on this computer"),
        "serial": "/dev/ttyUSB0",
        "file": _("empty: the station's own folder"),
    }.get(transport, "")


class PrinterForm(QFrame):
    """A profile to be made or changed. `save` gets it; whoever owns the form says when that did not work."""

    def __init__(
        self,
        profile: PrinterProfile,
        models: Sequence[Offer],
        save: Callable[[PrinterProfile], object],
        cancel: Callable[[], object],
        remove: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self._profile, self._models, self._save = profile, {offer.profile.model: offer for offer in models}, save
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        title = _("Set up {name}").format(name=profile.name) if profile.id else _("Add a printer")
        layout.addWidget(label(title, "panel-title", wrap=True))
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        layout.addWidget(self.problem)
        self._make_inputs()
        layout.addLayout(self._grid())
        self.save_button = button(_("Save"), self._submit, "primary")
        row = Flow()
        row.addWidget(self.save_button)
        row.addWidget(button(_("Cancel"), cancel, told="Esc"))
        if remove is not None:
            row.addWidget(button(_("Remove this printer"), remove))
        layout.addLayout(row)
        layout.addStretch(1)
        self._fill(profile)
        self.model.currentIndexChanged.connect(self._take_model)
        self.transport.currentIndexChanged.connect(self._hint)
        self.labels.currentIndexChanged.connect(self._take_labels)

    def _make_inputs(self) -> None:
        profile = self._profile
        models = [(model, offer.profile.name) for model, offer in self._models.items()]
        if profile.model not in self._models:
            models.insert(
                0, (profile.model, profile.model or _("Another, {language}").format(language=profile.language))
            )
        self.name = field(_("Name"), _("Badge 1"))
        self.model = Chooser(_("Model"), models, profile.model)
        self.transport = Chooser(_("Connection"), transports(), profile.transport)
        self.address = field(_("Address"))
        self.labels = Chooser(_("Labels"), self._sizes(), profile.media)
        self.wide = field(_("Width of a label in millimetres"))
        self.long = field(_("Length of a label in millimetres"), _("endless roll"))
        self.dpi = Chooser(_("Dots per inch"), [(dpi, _("{count} dpi").format(count=dpi)) for dpi in DPI], profile.dpi)
        turns = [(turn, _("turned {degrees}°").format(degrees=turn)) for turn in (0, 90, 180, 270)]
        self.rotate = Chooser(_("Turned by"), turns, profile.rotate)
        self.right = field(_("Shift to the right in millimetres"))
        self.down = field(_("Shift down in millimetres"))
        self.darkness = field(_("Darkness, in the printer's own scale"), _("as it is"))
        self.speed = field(_("Speed, in the printer's own scale"), _("as it is"))
        self.cut = yes_no(_("Cut after each badge"), profile.cut)
        self.order = field(_("Order: 0 prints first"))
        self.group = field(_("Group"), _("none"))
        self.roll = field(_("Labels on a new roll"), _("not counted"))
        asks = [(True, _("Ask about each badge")), (False, _("Say “sent”, do not ask"))]
        self.ask = Chooser(_("If it can’t confirm that a badge came out"), asks, profile.ask)
        self.enabled = yes_no(_("In use"), profile.enabled)

    def _sizes(self) -> list[tuple[Media, str]]:
        known: dict[Media, str] = {}
        for media in (*(offer.profile.media for offer in self._models.values()), self._profile.media):
            plain = Media(media.width_mm, media.length_mm)
            known.setdefault(plain, media_words(plain))
        sizes = sorted(known.items(), key=lambda item: (item[0].width_mm, item[0].length_mm or 0))
        return [(OTHER_SIZE, _("another size")), *sizes]

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        left = (
            (_("Name"), self.name),
            (_("Model"), self.model),
            (_("Connection"), self.transport),
            (_("Address"), self.address),
            (_("Labels"), self.labels),
            (_("Width, length (mm)"), self.wide, self.long),
            (_("Page"), self.dpi, self.rotate),
        )
        right = (
            (_("Shift right, down (mm)"), self.right, self.down),
            (_("Darkness, speed"), self.darkness, self.speed),
            (_("Cut each"), self.cut),
            (_("Order (0 first), group"), self.order, self.group),
            (_("Labels on a roll"), self.roll),
            (_("If it can’t confirm"), self.ask),
            (_("In use"), self.enabled),
        )
        for column, rows in ((0, left), (2, right)):
            for row, (words, *inputs) in enumerate(rows):
                add_row(grid, row, str(words), *inputs, column=column)  # type: ignore[arg-type]
            grid.setColumnStretch(column + 1, 1)
        return grid

    def start(self) -> None:
        """The cursor where something is missing, else at the beginning."""
        empty = next((line for line in (self.name, self.address) if not line.text()), self.name)
        empty.setFocus()

    def _fill(self, profile: PrinterProfile) -> None:
        self.name.setText(profile.name)
        self.address.setText(profile.address)
        self._fill_page(profile)
        for line, value in (
            (self.right, profile.offset_x_mm),
            (self.down, profile.offset_y_mm),
            (self.darkness, profile.darkness),
            (self.speed, profile.speed),
            (self.order, profile.order),
            (self.roll, profile.labels_per_roll),
        ):
            line.setText("" if value is None else f"{value:g}")
        self.group.setText(profile.group)
        self._hint()

    def _fill_page(self, profile: PrinterProfile) -> None:
        self.labels.choose(Media(profile.media.width_mm, profile.media.length_mm))
        self._show_size(profile.media)
        self.dpi.choose(profile.dpi)
        self.rotate.choose(profile.rotate)

    def _show_size(self, media: Media) -> None:
        self.wide.setText(f"{media.width_mm:g}")
        self.long.setText("" if media.length_mm is None else f"{media.length_mm:g}")

    def _hint(self) -> None:
        self.address.setPlaceholderText(address_hint(self.transport.value()))

    def _take_labels(self) -> None:
        chosen = self.labels.value()
        if chosen != OTHER_SIZE:
            self._show_size(chosen)

    def _take_model(self) -> None:
        """What a model knows of itself; name and address stay."""
        offer = self._models.get(self.model.value())
        if offer is None:
            return
        known = offer.profile
        self._profile = replace(
            self._profile,
            language=known.language,
            status=known.status,
            model=known.model,
            head_dots=known.head_dots,
        )
        self.transport.choose(known.transport)
        self.cut.choose(known.cut)
        self._fill_page(known)
        self.roll.setText("" if known.labels_per_roll is None else f"{known.labels_per_roll}")

    def profile(self) -> PrinterProfile:
        """What the form says. Raises BadInput for a number that is none."""
        width = number(self.wide.text(), _("Size"))
        size = Media(width if width is not None else 0, number(self.long.text(), _("Size")))
        same = size == Media(self._profile.media.width_mm, self._profile.media.length_mm)
        return replace(
            self._profile,
            name=self.name.text(),
            transport=self.transport.value(),
            address=self.address.text().strip(),
            media=self._profile.media if same else size,
            dpi=self.dpi.value(),
            rotate=self.rotate.value(),
            offset_x_mm=number(self.right.text(), _("Shift")) or 0.0,
            offset_y_mm=number(self.down.text(), _("Shift")) or 0.0,
            darkness=whole(self.darkness.text(), _("Darkness")),
            speed=whole(self.speed.text(), _("Speed")),
            cut=self.cut.value(),
            order=whole(self.order.text(), _("Turn")) or 0,
            group=self.group.text().strip(),
            labels_per_roll=whole(self.roll.text(), _("Labels on a roll")),
            ask=self.ask.value(),
            enabled=self.enabled.value(),
        )

    def _submit(self) -> None:
        try:
            profile = self.profile()
        except BadInput as error:
            self.show_problem(str(error))
            return
        self.save_button.setEnabled(False)
        self._save(profile)

    def show_problem(self, words: str) -> None:
        """Say why it cannot be kept; it can be tried again."""
        self.problem.setText(words)
        self.problem.show()
        self.save_button.setEnabled(True)

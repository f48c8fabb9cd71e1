"""Which norm group of an instrument is in force."""

from flows.instruments.schema import Instrument, Scale


def with_norm(instrument: Instrument, norm: str | None = None) -> Instrument:
    """The instrument with the constants of one norm group (else the default) as its own.

    An instrument without norm groups stays as it is.
    """
    chosen = norm or next((each.id for each in instrument.norm if each.default), None)
    if chosen is None:
        return instrument
    scales = tuple(_with_norm(scale, chosen) for scale in instrument.scale)
    return instrument.model_copy(update={"scale": scales, "norm_in_force": chosen})


def _with_norm(scale: Scale, norm: str) -> Scale:
    constants = {
        name: constant for each in scale.norm if each.id == norm for name, constant in each.known()
    }
    return scale.model_copy(update=constants)

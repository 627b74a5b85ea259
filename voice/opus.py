"""OGG/Opus in and out. Samples (PCM) are 16 bits, mono, little endian.

The only module of this room that imports PyAV.
"""

import io
import struct
from collections.abc import Iterator

import av

from voice.errors import AudioUnreadable
from voice.note import VoiceNote

RATE = 48_000
SAMPLE = 2  # bytes
_BIT_RATE = 25_000
_ENCODER = {"application": "voip", "frame_duration": "20", "vbr": "on"}
_CHUNK = RATE * SAMPLE  # bytes of PCM in a frame handed to the encoder
_GRANULE = struct.Struct("<q")
_PRE_SKIP = struct.Struct("<H")


def encode(pcm: bytes, rate: int) -> VoiceNote:
    """A voice note from samples at `rate` per second."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg", options={"fflags": "bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono", options=_ENCODER)
        stream.bit_rate = _BIT_RATE
        for frame in _resampled(_frames(pcm, rate)):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data = buffer.getvalue()
    return VoiceNote(data, duration(data))


def decode(data: bytes, seconds: float) -> bytes:
    """The first `seconds` of an audio file (MP3, Opus) as PCM at 48 kHz; AudioUnreadable if it is none."""
    pcm = bytearray()
    limit = int(seconds * RATE) * SAMPLE
    try:
        with av.open(io.BytesIO(data)) as container:
            for frame in _resampled(container.decode(audio=0)):
                pcm += bytes(frame.planes[0])[: frame.samples * SAMPLE]  # the plane is longer: it is padded
                if len(pcm) >= limit:
                    break
    except (av.FFmpegError, IndexError) as error:  # IndexError: a file without an audio stream
        raise AudioUnreadable("These bytes are no audio that FFmpeg reads.") from error
    if not pcm:
        raise AudioUnreadable("This audio file holds no sound.")
    return bytes(pcm[:limit])


def duration(data: bytes) -> float:
    """Seconds of an OGG/Opus file: the last page's granule position less the encoder's delay, at 48 kHz (RFC 7845)."""
    head, page = data.find(b"OpusHead"), data.rfind(b"OggS")
    try:
        (pre_skip,) = _PRE_SKIP.unpack_from(data, head + 10)
        (granule,) = _GRANULE.unpack_from(data, page + 6)
    except struct.error as error:
        raise AudioUnreadable("This OGG file is cut short.") from error
    if head < 0 or page < 0:
        raise AudioUnreadable("This is no OGG/Opus file.")
    return max(0, int(granule) - int(pre_skip)) / RATE


def _frames(pcm: bytes, rate: int) -> Iterator[av.AudioFrame]:
    for start in range(0, len(pcm), _CHUNK):
        chunk = pcm[start : start + _CHUNK]
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(chunk) // SAMPLE)
        frame.planes[0].update(chunk)
        frame.sample_rate, frame.pts = rate, start // SAMPLE
        yield frame


def _resampled(frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    for frame in frames:
        yield from resampler.resample(frame)
    yield from resampler.resample(None)

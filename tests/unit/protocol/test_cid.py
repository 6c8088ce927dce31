"""The embedded address of bytes is the one that `ipfs add` gives.

PUBLISHED comes from the IPFS documents. The rest was frozen from Kubo 0.43.0; with `pattern(size)` written to a file:

    ipfs add -Q --cid-version=0 --only-hash [--chunker=size-N] FILE
"""

from __future__ import annotations

import base64

import pytest

from orchestrator.protocol.cid import CHUNK_BYTES, LINKS_PER_NODE, compute_digest, from_cid, to_cid

PUBLISHED = [  # UnixFS specification ("Well-Known UnixFS CIDs", "Symbolic Links") and the IPFS tutorials
    (b"", "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"),
    (b"hello world\n", "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o"),
    (b"hello world", "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD"),
    (b"content\n", "Qme2y5HA5kvo2jAx13UsnV5bQJVijiAJCPvaW3JGQWhvJZ"),
]

SIZES = [
    (1, "QmS9JArPwa55ePgDnyg6TzX24mYTS1b1vLqWNebyVotKxQ"),
    (127, "QmTRCmJEMGgRBSq1N4uULzndNwdkrCJGQNK81W367SXC2C"),  # lengths of one and of two bytes
    (128, "QmUYu9UUYnPmvriLauRehtYRvpy9LAozxJ8Ke4yfeZpCJr"),
    (16_383, "QmUX8UtfMMys9gujWQ4uf16xfS1G98F3dmFGgaKUG3gG2g"),  # of two and of three
    (16_384, "QmV665N59zgLGHvpDAFNzBsP6JCbgvFLMr5Ko4pvCTVaG8"),
    (CHUNK_BYTES - 1, "QmRfm83kqBpGJbGxJg1en9hpwq8eNnP4E2Dj8K73F4m983"),
    (CHUNK_BYTES, "QmeqfRyS3vkku7n6krqC3DgGMex3x2sCpSeKMDmrG13QQq"),
    (CHUNK_BYTES + 1, "QmUSjGawaz4ptvREcMKSMJneWCa5j8dAz2wSAAvHtW2rnB"),
    (2 * CHUNK_BYTES - 1, "Qmd3TF6zVir12QoRBnS9Cc669z1LznGez5EsXMSahNPLY2"),
    (2 * CHUNK_BYTES, "QmX9AxjaxS7HCFKUdcQRgNKmfEj9hhjTsE57CB5iPe8zus"),
    (2 * CHUNK_BYTES + 1, "QmePkCgTbAcZgGDqVBd5SVyL7mRdv5ctvdmkCZSoercCej"),
    (173 * CHUNK_BYTES, "QmX5LLMAWXnFbTmdCYVoLtiZPxmQcDuS3j436JQPF3gire"),
    (174 * CHUNK_BYTES - 1, "QmSpC61nY4dcarPju8f7JsXaMpEL99ZAYsMbQnfymuVJBs"),
    (174 * CHUNK_BYTES, "QmXCym15aFeWjAWyPFaAgwVmkuKB7EBsV77Skt54KmxChF"),  # the last with one level of links
    (174 * CHUNK_BYTES + 1, "QmTedsTekQQkgACJXb1sPZSW8bLdS9LPMrT7L4YdjNRd4n"),
    (175 * CHUNK_BYTES, "Qmbp67kThKoJFnWu7pUgwCu81WttemMnD13oG4uj9DiY5E"),
    (175 * CHUNK_BYTES + 1, "QmfSNfmSo1Gg885jm8qFWAEe14nkjYc7bXgXjuvKWjVoKw"),
]

# Three levels of links begin at 174² chunks: 7.9 GB with chunks of 256 KiB, half a megabyte with chunks of 16 bytes.
DEEP = [
    (16, 174, "QmcwwCvYTTAS7jyfYvA6rzxQ11LCLKSKkEgeUAVb4C2GGL"),
    (16, 174 * 16, "Qme74tGUEq2c2zchW7rU44GZYTjL26VzMsqh9NBk6oWxyz"),
    (16, 174 * 16 + 1, "QmZ2udiRewkni7HfXoL8vnYF9Vuyjp5y6KVhvGLiD1kbQc"),
    (16, 174**2 * 16 - 1, "QmTcnx9sjjATKGNbexhNeYaMwG47cwXvc2HtRj16zfpi2H"),
    (16, 174**2 * 16, "QmQwWUyLmk8ZvFGj7aEhsLnaJyVyAyKtquJN4kbXFApLNZ"),  # the last with two levels
    (16, 174**2 * 16 + 1, "QmVnbnCgRdVFBQjgwkRQzHvLch1fU7H97Tyk4kNYe5DNzR"),
    (16, 2 * 174**2 * 16 + 1, "QmZm6HfFnrm3QPV51mgMPW8ktuYAZnKBwgVUb6c2T61c7n"),
    (1, 175, "Qma9U731USCLRRP5Scd9m2Y6mJ9Zf6oEYPEr5mu7L96ts8"),
    (1, 174**2, "QmcF5gzgZqJrvjrZbCSTXgFUS9qtq3yrQCXj5ds7QMbAj3"),
    (1, 174**2 + 1, "Qmf3YNMKeAwk6UAMdMGQFDcJmxyrESQReerPJPT9cRbEcq"),
]


def pattern(size: int) -> bytes:
    """0 … 250 over and over: a prime period, so that no two chunks of a file are alike."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@pytest.mark.parametrize(("artifact", "cid"), PUBLISHED)
def test_published_files_have_their_published_cids(artifact: bytes, cid: str) -> None:
    assert to_cid(compute_digest(artifact)) == cid


def test_a_published_cid_of_version_1_names_the_same_root_block() -> None:
    cid = "bafybeifx7yeb55armcsxwwitkymga5xf53dxiarykms3ygqic223w5sk3m"  # UnixFS specification, "Single dag-pb Block File"
    version_codec_multihash = base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8))
    assert version_codec_multihash == b"\x01\x70\x12\x20" + compute_digest(b"Hello from IPFS Gateway Checker\n")


@pytest.mark.parametrize(("size", "cid"), SIZES)
def test_files_around_every_chunk_and_fan_out_border_have_kubos_cid(size: int, cid: str) -> None:
    assert to_cid(compute_digest(pattern(size))) == cid


@pytest.mark.parametrize(("chunk_bytes", "size", "cid"), DEEP)
def test_deep_dags_have_kubos_cid(chunk_bytes: int, size: int, cid: str) -> None:
    assert to_cid(compute_digest(pattern(size), chunk_bytes=chunk_bytes)) == cid


def test_the_protocol_has_the_settings_of_cid_version_0() -> None:
    assert (CHUNK_BYTES, LINKS_PER_NODE) == (256 * 1024, 174)


@pytest.mark.parametrize("digest", [bytes(32), b"\xff" * 32, bytes(range(32)), compute_digest(b"starling")])
def test_a_cid_leads_back_to_its_digest(digest: bytes) -> None:
    cid = to_cid(digest)
    assert len(cid) == 46 and cid.startswith("Qm")
    assert from_cid(cid) == digest


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33)])
def test_a_digest_of_another_length_has_no_cid(digest: bytes) -> None:
    with pytest.raises(ValueError, match=f"32 bytes, not {len(digest)}"):
        to_cid(digest)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "version 0"),
        ("Qm", "version 0"),
        ("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQ", "46 letters"),
        ("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQHH", "46 letters"),
        (" QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQ", "46 letters"),
        ("bafybeif7ztnhq65lumvvtr4ekcwd2ifwgm3awq4zfr3srh462rwyinlb4y", "version 0"),
        ("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1Aw0H", "'0'"),
        ("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1Aw/H", "'/'"),
        ("Qm" + "z" * 44, "does not hold a SHA-256 digest"),
        ("Qm" + "1" * 44, "does not hold a SHA-256 digest"),
    ],
)
def test_what_is_no_cid_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        from_cid(text)


@pytest.mark.parametrize("settings", [{"chunk_bytes": 0}, {"links_per_node": 1}])
def test_settings_that_would_never_end_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        compute_digest(b"starling", **settings)

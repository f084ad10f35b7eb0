"""Files as records: dialects, encodings, and what is broken in them."""

import gzip
import tracemalloc

import pytest

from collectors.imports import opening
from collectors.imports.opening import Unreadable
from collectors.imports.reading import Source


@pytest.fixture
def read(tmp_path):
    """The records of a content: (line, cells or problem)."""

    def look(content):
        path = tmp_path / "file"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [(r.line, r.problem or dict(r.cells)) for r in Source(path).records()]

    return look


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_and_any_end_of_line(read, delimiter):
    text = f"id{delimiter}title\r\n1{delimiter}one\n2{delimiter}two"
    assert read(text) == [(2, {"id": "1", "title": "one"}), (3, {"id": "2", "title": "two"})]


def test_utf8_with_and_without_its_mark(read):
    for encoding in ("utf-8", "utf-8-sig"):
        assert read("id,title\n1,é 😀\n".encode(encoding)) == [(2, {"id": "1", "title": "é 😀"})]


def test_a_quoted_line_break_belongs_to_its_cell_and_lines_are_counted(read):
    text = 'id,title\n1,"two\nlines, ""quoted"""\n\n2,x\n'
    assert read(text) == [
        (2, {"id": "1", "title": 'two\nlines, "quoted"'}),
        (5, {"id": "2", "title": "x"}),
    ]


def test_gzip_is_unpacked(read):
    assert read(gzip.compress(b"id\n1\n")) == [(2, {"id": "1"})]


def test_objects_one_a_line(read):
    text = '{"id": "1", "public_metrics": {"like_count": 5}}\n\n{"id": 12345678901234567890}\n'
    assert read(text) == [
        (1, {"id": "1", "public_metrics.like_count": 5}),
        (3, {"id": 12345678901234567890}),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"), (b"\n \n", "empty"), ("id\n1".encode("utf-16"), "UTF-16"),
        ("id,t\n1,caf\xe9\n".encode("latin-1"), "Line 2 .* not in UTF-8"),
        (b"PK\x03\x04rest", "spreadsheet"), (b"id\x00\n1\x00\n", "no text"),
        (b'[{"id": 1}]', "one list of JSON"), (b"\x1f\x8bbroken", "damaged"),
        (gzip.compress(b"id\n1\n2\n", mtime=0)[:-9], "damaged"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(read, content, why):
    with pytest.raises(Unreadable, match=why):
        read(content)


def test_a_file_without_rows_has_no_columns(tmp_path):
    path = tmp_path / "file"
    path.write_text("id,title\n")
    with pytest.raises(Unreadable, match="no row"):
        Source(path).columns()


def test_headings_that_come_twice_or_not_at_all_are_told_apart(read):
    assert read("id,id,\n1,2,3\n") == [(2, {"id": "1", "id (2)": "2", "column 3": "3"})]


def test_one_broken_line_costs_only_itself(read):
    good = "\n".join(f"{n},x" for n in range(20_000)).encode()  # the bad line is far from the start
    content = b"id,title\n" + good + b"\n7,\xff\n8,y,z\n9,ok\n"
    *_, latin, long, last = read(content)
    assert latin == (20_002, "This line is not in UTF-8.")
    assert long == (20_003, "This row has 3 cells under 2 headings.")
    assert last == (20_004, {"id": "9", "title": "ok"})


def test_cells_and_lines_that_are_too_long(read):
    huge = b"id,title\n1," + b"a" * 1_000_000 + b"\n2," + b"b" * 3_000_000 + b"\n3,ok\n"
    found = read(huge)
    assert [line for line, _ in found] == [2, 3, 4]
    assert "131,072" in found[0][1]
    assert "million" in found[1][1]
    assert found[2][1] == {"id": "3", "title": "ok"}


def test_a_quotation_mark_that_never_closes_ends(read):
    text = 'id,title\n1,"' + "word\n" * 60_000 + "2,x\n"
    found = read(text)
    assert "never closes" in found[0][1]
    assert found[-1][1] == {"id": "2", "title": "x"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("[" * 100_000, "nested too deeply"), ('{"a": ' * 100_000, "nested too deeply"),
        ("[1]", "no object"), ("{", "no JSON"), ('"x"', "no object"), ("\ud83d".encode(
            "utf-8", "surrogatepass"), "not in UTF-8"),
    ],
)  # fmt: skip
def test_broken_objects(read, line, why):
    line = line if isinstance(line, bytes) else line.encode()
    found = read(b'{"id": 1}\n' * 7000 + line + b'\n{"id": 2}\n')
    assert why in found[-2][1]
    assert found[-1][1] == {"id": 2}


def test_half_a_character_and_huge_numbers_do_no_harm(read):
    text = '{"id": "\\ud800", "n": 1' + "0" * 5000 + "}\n"
    ((_, cells),) = read(text)
    assert cells["id"] == "\N{REPLACEMENT CHARACTER}"
    assert len(cells["n"]) == 5001


def test_a_bomb_ends_where_the_limit_is(read, tmp_path):
    piece = gzip.compress(b"id\n" + b"1\n" * 2**14)
    path = tmp_path / "bomb"
    with path.open("wb") as file:
        for _ in range(40):
            file.write(piece)
    limit, opening.MOST_BYTES = opening.MOST_BYTES, 2**18
    try:
        with pytest.raises(Unreadable, match="unpacks to more"):
            sum(1 for _ in Source(path).records())
    finally:
        opening.MOST_BYTES = limit


def test_memory_stays_flat(tmp_path):
    path = tmp_path / "long"
    with path.open("w") as file:
        file.write("id,title\n")
        file.writelines(f"{n},{'word ' * 100}\n" for n in range(20_000))
    source = Source(path)
    tracemalloc.start()
    assert sum(1 for _ in source.records()) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 10_000_000
    assert peak < 1_500_000


# --- Files made to keep us busy -------------------------------------------------------------------
@pytest.fixture
def short(monkeypatch):
    """Limits that a test reaches."""
    monkeypatch.setattr(opening, "MOST_LINES", 1000)
    monkeypatch.setattr(opening, "FIRST_LINES", 100)
    monkeypatch.setattr(opening, "FIRST_BYTES", 3 * 2**20)


def test_blank_lines_are_lines(short, read):
    with pytest.raises(Unreadable, match="more than 1,000 lines"):
        read(gzip.compress(b"id\n1\n" + b"\n" * 2000))


@pytest.mark.parametrize("filler", [b"\n", b",,\n", b"a" * 2**19 + b"\n"])
def test_who_waits_does_so_for_the_beginning_alone(short, tmp_path, filler):
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(b"id,title,x\n1,one,\n" + filler * 500 + b"2,two,\n"))
    assert [r.cells["id"] for r in Source(path).sample()] == ["1"]


def test_the_rest_of_a_long_line_counts_as_well(monkeypatch, read):
    monkeypatch.setattr(opening, "MOST_BYTES", 3 * 2**20)
    with pytest.raises(Unreadable, match="unpacks to more"):
        read(gzip.compress(b'{"id": 1}\n{"id": "' + b"a" * 2**23))


def test_a_file_of_ever_more_columns_is_refused_at_once(read):
    with pytest.raises(Unreadable, match=r"500,001 columns. Up to 1,000"):
        read("," * 500_000 + "\n1\n")
    fields = ", ".join(f'"f{n}": 1' for n in range(1001))
    assert read('{"id": 1}\n{' + fields + "}\n")[1] == (
        2,
        "The object of this line has 1,001 fields.",
    )


def test_a_file_that_is_gone_says_so(tmp_path):
    with pytest.raises(Unreadable, match="no longer here"):
        Source(tmp_path / "gone")

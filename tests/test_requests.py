"""Requests and answers: what is written is read, and whatever else comes is answered."""

import jsonschema
import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from genred.errors import GenredError
from genred.requests import (
    METHODS,
    Answer,
    Request,
    RequestError,
    decode_answer,
    decode_request,
    encode,
    json_schema,
    refusal,
)

SAFE = 2**53 - 1
ids = st.text(max_size=128) | st.integers(-SAFE, SAFE)
VALIDATORS = {
    kind: jsonschema.Draft202012Validator(json_schema() | {"anyOf": [{"$ref": f"#/$defs/{kind}"}]})
    for kind in ("Request", "Answer")
}


def valid(message: Request | Answer, kind: str) -> bool:
    return bool(VALIDATORS[kind].is_valid(msgspec.json.decode(encode(message))))


@given(ids, st.sampled_from(METHODS))
def test_a_request_is_read_as_it_was_written(id_: str | int, method: str) -> None:
    request = Request(id=id_, method=method, params={"a.b": 0.5})  # type: ignore[arg-type]
    assert decode_request(encode(request)) == request
    assert valid(request, "Request")


def test_the_shortest_request_has_an_id_and_a_method() -> None:
    request = decode_request(b'{"id":1,"method":"status","mood":"blue"}')
    assert (request.v, request.id, request.params) == (1, 1, {})


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_get_an_answer(payload: bytes) -> None:
    try:
        made: Request | Answer = decode_request(payload)
    except RequestError as error:
        made = error.answer
    assert valid(made, type(made).__name__)


@pytest.mark.parametrize(
    ("payload", "id_", "code"),
    [
        (b"", None, "bad_request"),
        (b"status", None, "bad_request"),
        (b"\xff\xfe", None, "bad_request"),
        (b'{"id":"a\xff","method":"status"}', None, "bad_request"),
        (b'{"id":NaN,"method":"status"}', None, "bad_request"),
        (b'{"id":1.5,"method":"status"}', None, "bad_request"),
        (b'{"id":null,"method":"status"}', None, "bad_request"),
        (b'{"id":[1],"method":"status"}', None, "bad_request"),
        (b'{"id":9007199254740993,"method":"status"}', None, "bad_request"),
        (b'{"id":1' + b"0" * 5000 + b',"method":"status"}', None, "bad_request"),
        (b'{"id":"' + b"x" * 129 + b'","method":"status"}', None, "bad_request"),
        (b'{"id":"\\ud800","method":"status"}', None, "bad_request"),
        (b'{"method":"status"}', None, "bad_request"),
        (b'{"id":"a"}', "a", "bad_request"),
        (b'{"id":"a","method":"shutdown"}', "a", "unknown_method"),
        (b'{"id":"a","method":1}', "a", "bad_request"),
        (b'{"v":2,"id":"a","method":"status"}', "a", "bad_request"),
        (b'{"id":"a","method":"set","params":[1]}', "a", "bad_request"),
        (b'{"id":"a","method":"set","params":{"x":1e999}}', "a", "bad_request"),
        (b'{"id":"a","method":"set","params":' + b'{"x":' * 5000, "a", "bad_request"),
        (b"[" * 60000, None, "bad_request"),
    ],
    ids=range(21),
)
def test_what_is_no_request_is_answered_with_its_id_where_it_has_one(
    payload: bytes, id_: str | None, code: str
) -> None:
    with pytest.raises(RequestError) as refused:
        decode_request(payload)
    answer = refused.value.answer
    assert answer.error
    assert answer.error.code == code
    assert "\n" not in answer.error.message
    assert len(answer.error.message) < 300
    # What is cut off in its middle has no id that holds.
    assert answer.id == (None if payload.endswith(b'{"x":') else id_)


def test_an_answer_has_a_result_or_an_error() -> None:
    done, refused = Answer(id="a", result={"x": 1}), refusal(3, "failed", "two\nlines")
    assert encode(done) == b'{"v":1,"id":"a","result":{"x":1}}'
    assert encode(refused) == b'{"v":1,"id":3,"error":{"code":"failed","message":"two lines"}}'
    assert [decode_answer(encode(answer)) for answer in (done, refused)] == [done, refused]
    assert valid(done, "Answer")
    assert valid(refused, "Answer")


@given(st.binary(max_size=50))
def test_what_is_no_answer_is_told_in_a_line(payload: bytes) -> None:
    assume(not payload.startswith(b"{"))
    with pytest.raises(GenredError, match="no genred that this one knows"):
        decode_answer(payload)


def test_the_schema_is_one_and_refuses_what_the_structs_refuse() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    for wrong in ({"id": 1.5, "method": "status"}, {"id": 1, "method": "shutdown"}, {}):
        assert not VALIDATORS["Request"].is_valid(wrong)

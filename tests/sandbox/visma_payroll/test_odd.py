"""A document of Visma's is made odd as a whole, though it has lists of its own."""

from integrations.sandbox.messages import Response
from integrations.sandbox.odd import put_odd


def test_a_document_is_no_list_of_its_first_property() -> None:
    document = b'{"id":"e1","personNames":[{"firstName":"A"}],"emails":[]}'
    changed = put_odd(Response(200, document), at=0, row=None, values={"emails": [None]})
    assert changed.body == b'{"id":"e1","personNames":[{"firstName":"A"}],"emails":[null]}'


def test_a_page_of_documents_is_a_list() -> None:
    page = b'{"cursor":{"nextToken":"x"},"data":[{"id":"e1"},{"id":"e2"}]}'
    changed = put_odd(Response(200, page), at=1, row=None, values={})
    assert changed.body == b'{"cursor":{"nextToken":"x"},"data":[{"id":"e1"},null]}'

"""The cases cover gunicorn's framework suite, test by test, and the groups of its compliance suite."""

from __future__ import annotations

import fnmatch

import pytest

from asgisim.grid.cases import every

FRAMEWORK_SUITE = {
    # HTTP scope
    "scope_endpoint_returns_json": "http-scope/report",
    "scope_has_type_http": "http-scope/type",
    "scope_has_asgi_dict": "http-scope/asgi-version",
    "scope_asgi_version_is_3": "http-scope/asgi-version",
    "scope_has_http_version": "http-scope/http-version-1.1",
    "scope_has_method": "http-scope/method",
    "scope_has_scheme": "http-scope/scheme",
    "scope_has_path": "http-scope/path-plain",
    "scope_has_query_string": "http-scope/query",
    "scope_empty_query_string": "http-scope/query-none",
    "scope_has_headers": "http-scope/header-types",
    "scope_headers_are_lists": "http-scope/header-types",
    "scope_header_names_lowercase": "http-scope/headers-lower-case",
    "headers_endpoint_returns_all_headers": "http-messages/headers",
    "scope_has_server": "http-scope/server",
    "scope_server_is_tuple": "http-scope/server",
    "scope_has_client": "http-scope/client",
    "all_required_keys_present": "http-scope/keys",
    "scope_has_root_path": "http-scope/root-path",
    # HTTP messages
    "echo_empty_body": "http-messages/echo-empty",
    "echo_text_body": "http-messages/echo-text",
    "echo_binary_body": "http-messages/echo-binary",
    "echo_json_body": "http-messages/json",
    "echo_large_body": "http-messages/echo-large",
    "status_codes": "methods/status-*",
    "status_100_continue": "upload/expect-100",
    "content_type_header": "headers/type-json",
    "headers_preserved": "http-scope/headers-*",
    "delay_can_be_cancelled": "disconnect/waiting",
    "large_response_body": "http-messages/large",
    "very_large_response_body": "http-messages/very-large",
    # WebSocket
    "websocket_connect": "websocket/connect",
    "websocket_echo_text": "websocket/text",
    "websocket_echo_multiple_messages": "websocket/text-order",
    "websocket_echo_binary": "websocket/binary",
    "websocket_echo_large_binary": "websocket/binary-large",
    "websocket_scope_endpoint": "websocket/scope-reported",
    "websocket_scope_type": "websocket/scope-type",
    "websocket_scope_has_path": "websocket/scope-path",
    "websocket_scope_has_headers": "websocket/scope-headers",
    "websocket_scope_required_keys": "websocket/scope-keys",
    "subprotocol_negotiation": "websocket/subprotocol-first",
    "subprotocol_selection": "websocket/subprotocol-one",
    "close_normal": "websocket/close",
    "close_codes": "websocket/close-1*",
    "client_close": "websocket/disconnect-1000",
    # lifespan
    "startup_was_called": "lifespan/startup-called",
    "startup_time_set": "lifespan/startup-time",
    "startup_custom_data": "lifespan/custom-data",
    "counter_initial_value": "lifespan/counter-in-state",
    "counter_increments": "lifespan/counter",
    "state_persists_across_requests": "lifespan/counter",
    "lifespan_state_accessible": "lifespan/state-reported",
    "state_modifications_persist": "lifespan/counter-in-state",
    # streaming
    "streaming_response": "streaming/whole",
    "streaming_content_type": "headers/type-stream",
    "streaming_order_preserved": "streaming/order",
    "sse_response": "streaming/sse",
    "sse_content_type": "streaming/sse-type",
    "sse_event_format": "streaming/sse-format",
    "sse_data_is_json": "streaming/sse-json",
    "sse_message_count": "streaming/sse-json",
    "large_streaming_response": "streaming/large",
}

# The groups of the compliance suite that need no proxy, and how many cases answer each at least.
COMPLIANCE_SUITE = {
    "methods/method-*": 8,
    "methods/status-*": 30,
    "http-messages/echo-*": 7,
    "upload/*": 25,
    "headers/cookies*": 2,
    "http-scope/query*": 9,
    "http-messages/keep-alive*": 5,
    "http-messages/concurrent*": 5,
    "errors/bad-json*": 3,
    "websocket/text*": 8,
    "websocket/subprotocol-*": 4,
    "websocket/close-*": 20,
    "websocket/fragments*": 6,
    "websocket/handshake-*": 5,
    "streaming/sse*": 5,
    "streaming/*": 18,
    "lifespan/*": 25,
    "http-messages/redirect": 1,
}

IDS = [row.id for row in every()]


def test_the_suite_has_63_tests() -> None:
    assert len(FRAMEWORK_SUITE) == 63


@pytest.mark.parametrize("name", FRAMEWORK_SUITE)
def test_each_test_of_the_framework_suite_has_its_case(name: str) -> None:
    assert fnmatch.filter(IDS, FRAMEWORK_SUITE[name])


@pytest.mark.parametrize("pattern", COMPLIANCE_SUITE)
def test_each_group_of_the_compliance_suite_has_its_cases(pattern: str) -> None:
    assert len(fnmatch.filter(IDS, pattern)) >= COMPLIANCE_SUITE[pattern]

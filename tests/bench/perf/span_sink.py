"""A collector that takes every span and keeps none: where the telemetry of a measured service goes."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc.aio
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from tests.bench.perf.child import serve


class Sink(trace_service_pb2_grpc.TraceServiceServicer):  # type: ignore[misc]  # generated without types
    """Counts spans by service."""

    def __init__(self) -> None:
        self.spans: dict[str, int] = {}

    async def Export(self, request: Any, context: Any) -> Any:
        for one in request.resource_spans:
            name = next(a.value.string_value for a in one.resource.attributes if a.key == "service.name")
            count = sum(len(scope.spans) for scope in one.scope_spans)
            self.spans[name] = self.spans.get(name, 0) + count
        return trace_service_pb2.ExportTraceServiceResponse()


async def main() -> None:
    sink = Sink()
    server = grpc.aio.server()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(sink, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()

    async def answer(_: dict[str, Any]) -> dict[str, Any]:
        return {"spans": sink.spans}

    await serve({"endpoint": f"http://127.0.0.1:{port}"}, answer)
    await server.stop(0)


if __name__ == "__main__":
    asyncio.run(main())

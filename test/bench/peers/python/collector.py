"""The peer of the Python original's kind: Scapy reads the packet, the OpenTelemetry SDK makes and exports the spans.

Usage: collector.py PORT OTLP_GRPC_ENDPOINT. NetFlow v5 only.
"""

import signal
import socket
import sys
import time

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from scapy.layers.netflow import NetflowHeader, NetflowHeaderV5, NetflowRecordV5

TRANSPORTS = {1: "icmp", 6: "tcp", 17: "udp"}


def direction(source, destination):
    if source and destination:
        for limit in (1024, 32768):
            if (source < limit) != (destination < limit):
                return "forward" if destination < limit else "reverse"
    return "unknown"


def export(tracer, data, exporter, received):
    packet = NetflowHeader(data)
    header = packet[NetflowHeaderV5]
    boot = header.unixSecs * 10**9 + header.unixNanoSeconds - header.sysUptime * 10**6
    root = tracer.start_span(
        "netflow.export",
        kind=SpanKind.CONSUMER,
        start_time=received,
        attributes={
            "netflow.version": packet.version,
            "netflow.exporter.address": exporter[0],
            "netflow.exporter.port": exporter[1],
            "netflow.observation_domain.id": header.engineType << 8 | header.engineID,
            "netflow.sequence": header.flowSequence,
            "netflow.packet.size": len(data),
            "netflow.flow.count": header.count,
            "netflow.flow.exported": header.count,
        },
    )
    context = trace.set_span_in_context(root)
    tracer.start_span("netflow.parse_packet", context, start_time=received).end()
    record = header.payload
    while isinstance(record, NetflowRecordV5):
        transport = TRANSPORTS.get(record.prot, f"protocol_{record.prot}")
        towards = direction(record.srcport, record.dstport)
        span = tracer.start_span(
            f"flow_ipv4_{transport}",
            context,
            kind=SpanKind.INTERNAL,
            start_time=boot + record.first * 10**6,
            attributes={
                "source.address": record.src,
                "destination.address": record.dst,
                "netflow.next_hop.address": record.nexthop,
                "netflow.interface.ingress.index": record.input,
                "netflow.interface.egress.index": record.output,
                "flow.packets.delta": record.dpkts,
                "flow.bytes.delta": record.dOctets,
                "source.port": record.srcport,
                "destination.port": record.dstport,
                "flow.tcp.flags.bits": int(record.tcpFlags),
                "network.transport": transport,
                "network.type": "ipv4",
                "flow.ip.dscp.id": record.tos >> 2,
                "flow.ip.ecn.id": record.tos & 3,
                "source.as.number": record.src_as,
                "destination.as.number": record.dst_as,
                "source.prefix.length": record.src_mask,
                "destination.prefix.length": record.dst_mask,
                "flow.direction": towards,
            },
        )
        span.end(boot + record.last * 10**6)
        record = record.payload
    root.end()


def main():
    port, endpoint = sys.argv[1:]
    provider = TracerProvider(resource=Resource.create({"service.name": "netflow2traces"}))
    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=True)
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=65536, max_export_batch_size=2048, schedule_delay_millis=500)
    )
    tracer = provider.get_tracer("netflow2traces")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 20)
    receiver.bind(("127.0.0.1", int(port)))
    try:
        while True:
            data, source = receiver.recvfrom(65535)
            export(tracer, data, source, time.time_ns())
    finally:
        provider.shutdown()


main()

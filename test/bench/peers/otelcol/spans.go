package main

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"time"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// export is the trace of one export packet under construction: a root, the parse span and a span per flow.
type export struct {
	traces   ptrace.Traces
	spans    ptrace.SpanSlice
	root     ptrace.Span
	parse    ptrace.Span
	traceID  pcommon.TraceID
	rootID   pcommon.SpanID
	received pcommon.Timestamp
	flows    int64
}

func newExport(packet []byte, source netip.AddrPort, received time.Time) *export {
	e := &export{traces: ptrace.NewTraces(), received: pcommon.NewTimestampFromTime(received)}
	binary.LittleEndian.PutUint64(e.traceID[:], rand.Uint64())
	binary.LittleEndian.PutUint64(e.traceID[8:], rand.Uint64())
	resource := e.traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "netflow2traces")
	scope := resource.ScopeSpans().AppendEmpty()
	scope.Scope().SetName("netflow2traces")
	e.spans = scope.Spans()
	e.spans.EnsureCapacity(26)

	e.rootID = newSpanID()
	e.root = e.spans.AppendEmpty()
	e.root.SetTraceID(e.traceID)
	e.root.SetSpanID(e.rootID)
	e.root.SetName("netflow.export")
	e.root.SetKind(ptrace.SpanKindConsumer)
	e.root.SetStartTimestamp(e.received)
	attributes := e.root.Attributes()
	attributes.EnsureCapacity(9)
	attributes.PutStr("netflow.exporter.address", source.Addr().Unmap().String())
	attributes.PutInt("netflow.exporter.port", int64(source.Port()))
	attributes.PutInt("netflow.packet.size", int64(len(packet)))

	e.parse = e.add("netflow.parse_packet", ptrace.SpanKindInternal, e.received, e.received)
	return e
}

// finish closes the packet's own spans and returns the trace.
func (e *export) finish() ptrace.Traces {
	now := pcommon.NewTimestampFromTime(time.Now())
	e.root.SetEndTimestamp(now)
	e.root.Attributes().PutInt("netflow.flow.count", e.flows)
	e.root.Attributes().PutInt("netflow.flow.exported", e.flows)
	e.parse.SetEndTimestamp(now)
	return e.traces
}

func (e *export) header(version, domain, sequence int64) {
	attributes := e.root.Attributes()
	attributes.PutInt("netflow.version", version)
	attributes.PutInt("netflow.observation_domain.id", domain)
	attributes.PutInt("netflow.sequence", sequence)
}

func (e *export) add(name string, kind ptrace.SpanKind, start, end pcommon.Timestamp) ptrace.Span {
	span := e.spans.AppendEmpty()
	span.SetTraceID(e.traceID)
	span.SetSpanID(newSpanID())
	span.SetParentSpanID(e.rootID)
	span.SetName(name)
	span.SetKind(kind)
	span.SetStartTimestamp(start)
	span.SetEndTimestamp(end)
	return span
}

func newSpanID() (id pcommon.SpanID) {
	binary.LittleEndian.PutUint64(id[:], rand.Uint64())
	return id
}

func (e *export) addV5(packet *netflowlegacy.PacketNetFlowV5) {
	e.header(5, int64(packet.EngineType)<<8|int64(packet.EngineId), int64(packet.FlowSequence))
	boot := int64(packet.UnixSecs)*1e9 + int64(packet.UnixNSecs) - int64(packet.SysUptime)*1e6
	for i := range packet.Records {
		record := &packet.Records[i]
		span := e.add("", ptrace.SpanKindInternal, 0, 0)
		attributes := span.Attributes()
		attributes.EnsureCapacity(19)
		putAddress(attributes, "source.address", ipv4(record.SrcAddr))
		putAddress(attributes, "destination.address", ipv4(record.DstAddr))
		putAddress(attributes, "netflow.next_hop.address", ipv4(record.NextHop))
		attributes.PutInt("netflow.interface.ingress.index", int64(record.Input))
		attributes.PutInt("netflow.interface.egress.index", int64(record.Output))
		attributes.PutInt("flow.packets.delta", int64(record.DPkts))
		attributes.PutInt("flow.bytes.delta", int64(record.DOctets))
		attributes.PutInt("source.port", int64(record.SrcPort))
		attributes.PutInt("destination.port", int64(record.DstPort))
		attributes.PutInt("flow.tcp.flags.bits", int64(record.TCPFlags))
		attributes.PutInt("flow.ip.dscp.id", int64(record.Tos>>2))
		attributes.PutInt("flow.ip.ecn.id", int64(record.Tos&3))
		attributes.PutInt("source.as.number", int64(record.SrcAS))
		attributes.PutInt("destination.as.number", int64(record.DstAS))
		attributes.PutInt("source.prefix.length", int64(record.SrcMask))
		attributes.PutInt("destination.prefix.length", int64(record.DstMask))
		e.complete(span, flow{
			protocol: record.Proto, sourcePort: record.SrcPort, destinationPort: record.DstPort, network: "ipv4",
			start: boot + int64(record.First)*1e6, end: boot + int64(record.Last)*1e6,
		})
	}
}

func (e *export) addV9(packet *netflow.NFv9Packet) {
	e.header(9, int64(packet.SourceId), int64(packet.SequenceNumber))
	e.addSets(packet.FlowSets, int64(packet.UnixSeconds)*1e9-int64(packet.SystemUptime)*1e6)
}

func (e *export) addIPFIX(packet *netflow.IPFIXPacket) {
	e.header(10, int64(packet.ObservationDomainId), int64(packet.SequenceNumber))
	e.addSets(packet.FlowSets, 0)
}

// addSets adds the data records of sets; boot is when the exporter started, in Unix nanoseconds.
func (e *export) addSets(sets []interface{}, boot int64) {
	e.parse.Attributes().PutInt("netflow.sets", int64(len(sets)))
	for _, set := range sets {
		if data, ok := set.(netflow.DataFlowSet); ok {
			for i := range data.Records {
				e.addRecord(data.Records[i].Values, boot)
			}
		}
	}
}

func (e *export) addRecord(values []netflow.DataField, boot int64) {
	span := e.add("", ptrace.SpanKindInternal, 0, 0)
	attributes := span.Attributes()
	attributes.EnsureCapacity(len(values) + 3)
	f := flow{network: "ipv4"}
	for i := range values {
		value, _ := values[i].Value.([]byte)
		switch values[i].Type {
		case netflow.IPFIX_FIELD_sourceIPv4Address, netflow.IPFIX_FIELD_sourceIPv6Address:
			putAddress(attributes, "source.address", value)
		case netflow.IPFIX_FIELD_destinationIPv4Address, netflow.IPFIX_FIELD_destinationIPv6Address:
			putAddress(attributes, "destination.address", value)
			if len(value) == 16 {
				f.network = "ipv6"
			}
		case netflow.IPFIX_FIELD_ipNextHopIPv4Address, netflow.IPFIX_FIELD_ipNextHopIPv6Address:
			putAddress(attributes, "netflow.next_hop.address", value)
		case netflow.IPFIX_FIELD_sourceTransportPort:
			f.sourcePort = uint16(number(value))
			attributes.PutInt("source.port", int64(f.sourcePort))
		case netflow.IPFIX_FIELD_destinationTransportPort:
			f.destinationPort = uint16(number(value))
			attributes.PutInt("destination.port", int64(f.destinationPort))
		case netflow.IPFIX_FIELD_protocolIdentifier:
			f.protocol = uint8(number(value))
		case netflow.IPFIX_FIELD_octetDeltaCount:
			attributes.PutInt("flow.bytes.delta", number(value))
		case netflow.IPFIX_FIELD_packetDeltaCount:
			attributes.PutInt("flow.packets.delta", number(value))
		case netflow.IPFIX_FIELD_tcpControlBits:
			attributes.PutInt("flow.tcp.flags.bits", number(value))
		case netflow.IPFIX_FIELD_ipClassOfService:
			tos := number(value)
			attributes.PutInt("flow.ip.dscp.id", tos>>2)
			attributes.PutInt("flow.ip.ecn.id", tos&3)
		case netflow.IPFIX_FIELD_ingressInterface:
			attributes.PutInt("netflow.interface.ingress.index", number(value))
		case netflow.IPFIX_FIELD_egressInterface:
			attributes.PutInt("netflow.interface.egress.index", number(value))
		case netflow.IPFIX_FIELD_bgpSourceAsNumber:
			attributes.PutInt("source.as.number", number(value))
		case netflow.IPFIX_FIELD_bgpDestinationAsNumber:
			attributes.PutInt("destination.as.number", number(value))
		case netflow.IPFIX_FIELD_flowLabelIPv6:
			attributes.PutInt("flow.ip.flow_label", number(value))
		case netflow.IPFIX_FIELD_flowEndReason:
			attributes.PutStr("flow.end_reason", endReason(number(value)))
		case netflow.IPFIX_FIELD_flowStartSysUpTime:
			f.start = boot + number(value)*1e6
		case netflow.IPFIX_FIELD_flowEndSysUpTime:
			f.end = boot + number(value)*1e6
		case netflow.IPFIX_FIELD_flowStartMilliseconds:
			f.start = number(value) * 1e6
		case netflow.IPFIX_FIELD_flowEndMilliseconds:
			f.end = number(value) * 1e6
		}
	}
	e.complete(span, f)
}

// flow is what a span says outside its attributes; times are Unix nanoseconds.
type flow struct {
	protocol                    uint8
	sourcePort, destinationPort uint16
	network                     string
	start, end                  int64
}

func (e *export) complete(span ptrace.Span, f flow) {
	e.flows++
	transport := transportName(f.protocol)
	span.SetName("flow_" + f.network + "_" + transport)
	span.SetStartTimestamp(pcommon.Timestamp(f.start))
	span.SetEndTimestamp(pcommon.Timestamp(f.end))
	attributes := span.Attributes()
	attributes.PutStr("network.transport", transport)
	attributes.PutStr("network.type", f.network)
	attributes.PutStr("flow.direction", direction(f.sourcePort, f.destinationPort))
}

// direction tells the initiator by the ports: the well-known or unregistered-range side is the service.
func direction(source, destination uint16) string {
	if source == 0 || destination == 0 {
		return "unknown"
	}
	for _, limit := range []uint16{1024, 32768} {
		if (source < limit) != (destination < limit) {
			if destination < limit {
				return "forward"
			}
			return "reverse"
		}
	}
	return "unknown"
}

func transportName(protocol uint8) string {
	switch protocol {
	case 1:
		return "icmp"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 58:
		return "ipv6-icmp"
	}
	return "protocol_" + strconv.Itoa(int(protocol))
}

func endReason(code int64) string {
	names := [...]string{"", "idle_timeout", "active_timeout", "end_of_flow_detected", "forced_end", "lack_of_resources"}
	if code > 0 && int(code) < len(names) {
		return names[code]
	}
	return strconv.FormatInt(code, 10)
}

func putAddress(attributes pcommon.Map, key string, value []byte) {
	if address, ok := netip.AddrFromSlice(value); ok {
		attributes.PutStr(key, address.String())
	}
}

func ipv4(address netflowlegacy.IPAddress) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(address))
}

func number(value []byte) (n int64) {
	for _, octet := range value {
		n = n<<8 | int64(octet)
	}
	return n
}

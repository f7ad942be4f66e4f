package main

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.uber.org/zap"
)

// Config is what `receivers: goflow2:` takes.
type Config struct {
	// Endpoint is the UDP address to listen on.
	Endpoint string `mapstructure:"endpoint"`
	// ReceiveBuffer is asked of the kernel, in bytes.
	ReceiveBuffer int `mapstructure:"receive_buffer"`
}

func newFactory() receiver.Factory {
	return receiver.NewFactory(
		component.MustNewType("goflow2"),
		func() component.Config { return &Config{Endpoint: "127.0.0.1:2055", ReceiveBuffer: 32 << 20} },
		receiver.WithTraces(func(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Traces) (receiver.Traces, error) {
			return &flowReceiver{config: cfg.(*Config), next: next, log: set.Logger}, nil
		}, component.StabilityLevelDevelopment),
	)
}

// flowReceiver reads export packets and hands each on as one trace.
type flowReceiver struct {
	config *Config
	next   consumer.Traces
	log    *zap.Logger
	conn   *net.UDPConn
	done   chan struct{}
}

func (r *flowReceiver) Start(context.Context, component.Host) error {
	address, err := net.ResolveUDPAddr("udp", r.config.Endpoint)
	if err != nil {
		return err
	}
	if r.conn, err = net.ListenUDP("udp", address); err != nil {
		return err
	}
	if err = r.conn.SetReadBuffer(r.config.ReceiveBuffer); err != nil {
		return err
	}
	r.done = make(chan struct{})
	go r.read()
	return nil
}

func (r *flowReceiver) Shutdown(context.Context) error {
	if r.conn == nil {
		return nil
	}
	err := r.conn.Close()
	<-r.done
	return err
}

func (r *flowReceiver) read() {
	defer close(r.done)
	buffer := make([]byte, 65535)
	templates := make(map[netip.Addr]netflow.NetFlowTemplateSystem)
	for {
		size, source, err := r.conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		known, ok := templates[source.Addr()]
		if !ok {
			known = netflow.CreateTemplateSystem()
			templates[source.Addr()] = known
		}
		r.receive(buffer[:size], source, known, time.Now())
	}
}

func (r *flowReceiver) receive(packet []byte, source netip.AddrPort, templates netflow.NetFlowTemplateSystem, received time.Time) {
	export := newExport(packet, source, received)
	if len(packet) > 1 && packet[1] == 5 {
		var v5 netflowlegacy.PacketNetFlowV5
		if err := netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(packet), &v5); err != nil {
			r.log.Warn("packet not decoded", zap.Error(err))
			return
		}
		export.addV5(&v5)
	} else {
		var v9 netflow.NFv9Packet
		var ipfix netflow.IPFIXPacket
		if err := netflow.DecodeMessageVersion(bytes.NewBuffer(packet), templates, &v9, &ipfix); err != nil {
			r.log.Warn("packet not decoded", zap.Error(err))
			return
		}
		if v9.Version == 9 {
			export.addV9(&v9)
		} else {
			export.addIPFIX(&ipfix)
		}
	}
	if err := r.next.ConsumeTraces(context.Background(), export.finish()); err != nil {
		r.log.Warn("trace refused", zap.Error(err))
	}
}

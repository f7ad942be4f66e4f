/*
 * Sends the rings of packets of a traffic file (traffic-file.ts) at an even rate, with the sequence numbers of each
 * round, and costs little: sendmmsg, one wake-up a millisecond.
 *
 *     sender PORT FILE FLOWS_PER_SECOND SECONDS [EXPORTERS]
 *
 * Sends to 127.0.0.1, exporter n from 127.0.0.2 + n. There are as many exporters as rings unless told; more share the
 * rings, each with its own place in one and its own sequence. All send over one socket: thousands would slow down whoever
 * reads the kernel's table of sockets, as the collector does. Stops after SECONDS or on SIGTERM and prints one line of JSON:
 * what was sent, how long it took, what it cost. sender.ts does the same where there is no C compiler.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RINGS = 64, MAX_EXPORTERS = 16384, BURST = 64, BURST_OF_ALL = 256, TICK_NS = 1000000, MAX_BACKLOG_TICKS = 20 };

struct entry { /* as in the file, little endian */
  uint16_t exporter, length, flows, sequence_offset;
  uint32_t sequence_step;
};

struct ring {
  uint32_t count;
  struct entry **entries;
};

struct exporter {
  struct in_addr address;
  uint32_t sequence, next;
  struct ring *ring;
};

static volatile sig_atomic_t stopped;
static void stop(int signal) { (void)signal, stopped = 1; }

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double seconds_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static char *load(const char *path, long *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) || (*size = ftell(file)) < 0) fail(path);
  rewind(file);
  char *bytes = malloc(*size);
  if (!bytes || fread(bytes, 1, *size, file) != (size_t)*size) fail(path);
  fclose(file);
  return bytes;
}

static int open_socket(void) {
  int size = 4 << 20, s = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (s < 0) fail("socket");
  return s;
}

/* Sends up to `count` packets of one exporter in one call; returns how many, and adds their flows. */
static int send_burst(int socket, struct sockaddr_in *to, struct exporter *e, int count, double *flows) {
  struct mmsghdr messages[BURST];
  struct iovec parts[BURST];
  struct entry *sent[BURST];
  union { /* aligned as the kernel wants it */
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
  } from = {.head = {CMSG_LEN(sizeof(struct in_pktinfo)), IPPROTO_IP, IP_PKTINFO}};
  *(struct in_pktinfo *)CMSG_DATA(&from.head) = (struct in_pktinfo){.ipi_spec_dst = e->address};
  uint32_t next = e->next, sequence = e->sequence, ring_count = e->ring->count;
  if (count > BURST) count = BURST;
  if (count > (int)ring_count) count = ring_count;
  memset(messages, 0, sizeof messages[0] * count);
  for (int i = 0; i < count; i++) {
    struct entry *entry = sent[i] = e->ring->entries[next];
    uint32_t big_endian = htonl(sequence);
    parts[i] = (struct iovec){(char *)(entry + 1), entry->length};
    memcpy((char *)(entry + 1) + entry->sequence_offset, &big_endian, 4);
    messages[i].msg_hdr = (struct msghdr){.msg_name = to,
                                          .msg_namelen = sizeof *to,
                                          .msg_iov = &parts[i],
                                          .msg_iovlen = 1,
                                          .msg_control = &from,
                                          .msg_controllen = sizeof from};
    sequence += entry->sequence_step;
    if (++next == ring_count) next = 0;
  }
  int done = sendmmsg(socket, messages, count, 0);
  for (int i = 0; i < done; i++) {
    *flows += sent[i]->flows;
    e->sequence += sent[i]->sequence_step;
    if (++e->next == ring_count) e->next = 0;
  }
  return done;
}

int main(int argc, char **argv) {
  if (argc != 5 && argc != 6) {
    fprintf(stderr, "usage: sender PORT FILE FLOWS_PER_SECOND SECONDS [EXPORTERS]\n");
    return 2;
  }
  long size;
  char *file = load(argv[2], &size);
  double rate = atof(argv[3]), limit = atof(argv[4]), all_flows = 0;
  static struct ring rings[MAX_RINGS];
  static struct exporter exporters[MAX_EXPORTERS];
  int ring_count = 0, packet_count = 0;
  for (long at = 0; at < size;) {
    struct entry *entry = (struct entry *)(file + at);
    if (entry->exporter >= MAX_RINGS) return fprintf(stderr, "too many rings\n"), 2;
    struct ring *r = &rings[entry->exporter];
    if (!(r->count & (r->count - 1))) r->entries = realloc(r->entries, sizeof *r->entries * (r->count ? r->count * 2 : 1));
    if (!r->entries) fail("memory");
    r->entries[r->count++] = entry;
    if (entry->exporter >= ring_count) ring_count = entry->exporter + 1;
    all_flows += entry->flows;
    packet_count++;
    at += sizeof *entry + ((entry->length + 3) & ~3);
  }
  int exporter_count = argc == 6 ? atoi(argv[5]) : ring_count;
  if (exporter_count < 1 || exporter_count > MAX_EXPORTERS) return fprintf(stderr, "too many exporters\n"), 2;
  for (int i = 0; i < exporter_count; i++) {
    exporters[i] = (struct exporter){.address = {htonl(0x7f000002 + i)}, .ring = &rings[i % ring_count]};
  }
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int socket = open_socket();
  /* Many exporters do not send all of their packets of a second at once. */
  int burst = BURST_OF_ALL / exporter_count < 1 ? 1 : BURST_OF_ALL / exporter_count;
  signal(SIGTERM, stop);

  double per_second = rate * packet_count / all_flows, flows = 0, owed = 0, skipped = 0;
  long packets = 0, failed = 0, turn = 0;
  double start = seconds_now(), last = start, now = start;
  while (!stopped && (now = seconds_now()) - start < limit) {
    double most = per_second * MAX_BACKLOG_TICKS * TICK_NS / 1e9;
    owed += (now - last) * per_second;
    last = now;
    if (most < 1) most = 1;
    if (owed > most) skipped += owed - most, owed = most; /* do not make up for a stall with a flood */
    if (owed < 1) {
      struct timespec wait = {0, TICK_NS};
      nanosleep(&wait, NULL);
      continue;
    }
    int done = send_burst(socket, &to, &exporters[turn++ % exporter_count], owed < burst ? (int)owed : burst, &flows);
    if (done < 0) failed++, owed -= 1;
    else packets += done, owed -= done;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"packets\":%ld,\"flows\":%.0f,\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"skippedPackets\":%.0f,\"failedSends\":%ld}\n",
         packets, flows, now - start, cpu, skipped, failed);
  return 0;
}

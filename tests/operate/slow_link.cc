// Delays packets between network namespaces: `slow_link MS NAMESPACE...`, the latter as files in
// /run/netns. Makes a device `slow` in each; what is routed into one of them comes out of that of
// the namespace with the destination's address, MS milliseconds later. Prints a line when ready.
// For kernels without netem; test only.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Machine {
  int tun = -1;
  // Of eth0, in network byte order.
  uint32_t address = 0;
};

struct Packet {
  Clock::time_point when;
  size_t to;
  std::string bytes;
};

[[noreturn]] void Fail(const char* what) {
  perror(what);
  exit(1);
}

// Enters the namespace and makes the device there; the file stays good outside.
Machine Open(const char* space) {
  const int file = open(space, O_RDONLY | O_CLOEXEC);
  if (file < 0 || setns(file, CLONE_NEWNET) != 0) Fail(space);
  close(file);
  Machine machine;
  machine.tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (machine.tun < 0) Fail("/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strncpy(request.ifr_name, "slow", IFNAMSIZ - 1);
  if (ioctl(machine.tun, TUNSETIFF, &request) != 0) Fail("TUNSETIFF");
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (ioctl(socket, SIOCGIFFLAGS, &request) != 0) Fail("SIOCGIFFLAGS");
  request.ifr_flags |= IFF_UP;
  if (ioctl(socket, SIOCSIFFLAGS, &request) != 0) Fail("SIOCSIFFLAGS");
  ifreq address{};
  strncpy(address.ifr_name, "eth0", IFNAMSIZ - 1);
  if (ioctl(socket, SIOCGIFADDR, &address) != 0) {
    // Where the machines' bridge is.
    strncpy(address.ifr_name, "bridge", IFNAMSIZ - 1);
    if (ioctl(socket, SIOCGIFADDR, &address) != 0) Fail("SIOCGIFADDR");
  }
  machine.address = reinterpret_cast<sockaddr_in*>(&address.ifr_addr)->sin_addr.s_addr;
  close(socket);
  return machine;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "slow_link MS NAMESPACE NAMESPACE...\n");
    return 2;
  }
  const std::chrono::milliseconds delay(atoi(argv[1]));
  std::vector<Machine> machines;
  for (int i = 2; i < argc; ++i) machines.push_back(Open(argv[i]));
  puts("ready");
  fflush(stdout);
  std::vector<pollfd> waits;
  for (const Machine& machine : machines) waits.push_back({machine.tun, POLLIN, 0});
  std::deque<Packet> packets;
  char buffer[65536];
  while (true) {
    int wait = -1;
    if (!packets.empty()) {
      const auto left = packets.front().when - Clock::now();
      wait = std::max<int>(0, std::chrono::ceil<std::chrono::milliseconds>(left).count());
    }
    poll(waits.data(), waits.size(), wait);
    for (const pollfd& from : waits) {
      if (from.revents == 0) continue;
      ssize_t size;
      while ((size = read(from.fd, buffer, sizeof(buffer))) >= 20) {
        if ((buffer[0] & 0xf0) != 0x40) continue;
        uint32_t destination;
        memcpy(&destination, buffer + 16, sizeof(destination));
        for (size_t to = 0; to < machines.size(); ++to) {
          if (machines[to].address == destination) {
            packets.push_back({Clock::now() + delay, to, std::string(buffer, size)});
          }
        }
      }
    }
    while (!packets.empty() && packets.front().when <= Clock::now()) {
      const Packet& packet = packets.front();
      // A full queue loses packets, as a link does.
      if (write(machines[packet.to].tun, packet.bytes.data(), packet.bytes.size()) < 0) {
        // Lost.
      }
      packets.pop_front();
    }
  }
}

// Non-blocking sockets. Bytes that a connection wants to send go out by one writev().
#include "socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <string_view>

namespace wirejit::tools {
namespace {

std::unexpected<Error> failed(Errc code, const std::string& what, int error) {
  return std::unexpected(Error(code, what + ": " + std::strerror(error)));
}

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};

// Calls `use(family, address, length)` until it returns a socket.
template <class F>
Result<Socket> each_address(const std::string& address, bool to_listen, F&& use) {
  if (address.starts_with("unix:")) {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    const std::string path = address.substr(5);
    if (path.empty() || path.size() >= sizeof local.sun_path) {
      return std::unexpected(Error(Errc::not_found, address + ": the path is too long, or empty"));
    }
    path.copy(local.sun_path, path.size());
    return use(AF_UNIX, reinterpret_cast<const sockaddr*>(&local), sizeof local);
  }
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon == std::string::npos ? 0 : colon);
  const std::string port = address.substr(colon == std::string::npos ? address.size() : colon + 1);
  if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos ||
      port.size() > 5 || std::stoi(port) > 65535) {
    return std::unexpected(Error(Errc::not_found, address + ": expected HOST:PORT or unix:PATH"));
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (to_listen ? AI_PASSIVE : 0);
  addrinfo* list = nullptr;
  const char* const name = host.empty() ? "127.0.0.1" : host.c_str();
  if (const int error = getaddrinfo(name, port.c_str(), &hints, &list); error != 0) {
    return std::unexpected(Error(Errc::unavailable, address + ": " + gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
  Result<Socket> result = std::unexpected(Error(Errc::unavailable, address + ": no address"));
  for (const addrinfo* a = list; a != nullptr && !result; a = a->ai_next) {
    result = use(a->ai_family, a->ai_addr, a->ai_addrlen);
  }
  return result;
}

Socket make_socket(int family) {
  Socket made(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (family != AF_UNIX) {
    (void)setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  return made;
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) {
    (void)::close(fd_);
  }
}

rpc::Time now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int milliseconds_until(rpc::Time time) noexcept {
  constexpr rpc::Time most = 1'000'000'000;
  return time == rpc::never
             ? -1
             : static_cast<int>(std::clamp<rpc::Time>((time - now()) / 1'000'000 + 1, 0, most));
}

Result<Socket> connect_to(const std::string& address, rpc::Time deadline) {
  return each_address(
      address, false, [&](int family, const sockaddr* peer, socklen_t size) -> Result<Socket> {
        Socket made = make_socket(family);
        int error = ::connect(made.get(), peer, size) == 0 ? 0 : errno;
        if (error == EINPROGRESS) {
          pollfd ready{.fd = made.get(), .events = POLLOUT, .revents = 0};
          if (::poll(&ready, 1, milliseconds_until(deadline)) == 0) {
            return std::unexpected(Error(Errc::deadline_exceeded, address + ": no connection"));
          }
          socklen_t length = sizeof error;
          (void)getsockopt(made.get(), SOL_SOCKET, SO_ERROR, &error, &length);
        }
        return error == 0 ? Result<Socket>(std::move(made))
                          : failed(Errc::unavailable, "cannot connect to " + address, error);
      });
}

Result<Socket> listen_on(const std::string& address, std::string& shown) {
  return each_address(
      address, true, [&](int family, const sockaddr* own, socklen_t size) -> Result<Socket> {
        if (family == AF_UNIX) {  // an old socket keeps its file
          const Socket probe = make_socket(family);
          if (::connect(probe.get(), own, size) != 0 && errno == ECONNREFUSED) {
            (void)::unlink(reinterpret_cast<const sockaddr_un*>(own)->sun_path);
          }
        }
        Socket made = make_socket(family);
        if (::bind(made.get(), own, size) != 0 || ::listen(made.get(), SOMAXCONN) != 0) {
          return failed(Errc::unavailable, "cannot listen on " + address, errno);
        }
        sockaddr_storage bound{};
        socklen_t length = sizeof bound;
        (void)getsockname(made.get(), reinterpret_cast<sockaddr*>(&bound), &length);
        shown = address;
        if (family != AF_UNIX) {
          const in_port_t port = family == AF_INET6
                                     ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                                     : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port;
          const std::string host = address.substr(0, address.rfind(':'));
          shown = (host.empty() ? "127.0.0.1" : host) + ":" + std::to_string(ntohs(port));
        }
        return made;
      });
}

short wanted(rpc::Connection& connection) noexcept {
  return static_cast<short>((connection.wants_read() ? POLLIN : 0) |
                            (connection.output().empty() ? 0 : POLLOUT));
}

void transfer(const Socket& socket, short ready, rpc::Connection& connection, Trace* trace) {
  if ((ready & (POLLOUT | POLLERR)) != 0 && !connection.output().empty()) {
    std::array<iovec, 64> pieces{};
    std::size_t count = 0;
    for (const Bytes span : connection.output().spans()) {
      if (count < pieces.size()) {
        pieces[count++] = {const_cast<std::uint8_t*>(span.data()), span.size()};
      }
    }
    const ssize_t n = ::writev(socket.get(), pieces.data(), static_cast<int>(count));
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      connection.close(failed(Errc::unavailable, "cannot send", errno).error());
      connection.output().clear();
    } else if (n > 0) {
      if (trace != nullptr) {
        const Result<Bytes> sent = connection.output().peek(static_cast<std::size_t>(n));
        trace->sent += sent ? as_text(*sent) : std::string_view();
      }
      connection.output().consumed(static_cast<std::size_t>(n));
    }
  }
  if ((ready & (POLLIN | POLLHUP | POLLERR)) != 0 && connection.wants_read()) {
    std::array<std::uint8_t, 65536> piece;
    const ssize_t n = ::read(socket.get(), piece.data(), piece.size());
    if (n == 0) {
      connection.end_of_input();
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
      connection.close(failed(Errc::unavailable, "the connection was lost", errno).error());
    } else if (n > 0) {
      const Bytes bytes(piece.data(), static_cast<std::size_t>(n));
      if (trace != nullptr) {
        trace->received += as_text(bytes);
      }
      if (const Result<void> taken = connection.receive(bytes); !taken) {
        connection.close(taken.error());
      }
    }
  }
}

}  // namespace wirejit::tools

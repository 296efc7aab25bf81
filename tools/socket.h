// Sockets for `call` and `serve`: what an engine does for a connection of rpc/.
// Entry: connect_to, listen_on, transfer. Invariant: no call blocks beyond the time that it is given.
#pragma once

#include <wirejit/error.h>
#include <wirejit/rpc/connection.h>

#include <string>
#include <utility>

namespace wirejit::tools {

class Socket {
 public:
  explicit Socket(int fd = -1) noexcept : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// What went both ways, for -v.
struct Trace {
  std::string sent;
  std::string received;
};

// Nanoseconds of the monotonic clock.
[[nodiscard]] rpc::Time now() noexcept;
// Milliseconds for poll() until a time; -1 for `never`.
[[nodiscard]] int milliseconds_until(rpc::Time time) noexcept;

// "HOST:PORT", "[HOST]:PORT", ":PORT" for this machine, or "unix:PATH". Errors: not_found for what is
// no address; unavailable; deadline_exceeded.
[[nodiscard]] Result<Socket> connect_to(const std::string& address, rpc::Time deadline);
// `shown` is the address with the port that was chosen where it is 0. A socket's file that nobody
// listens at is replaced.
[[nodiscard]] Result<Socket> listen_on(const std::string& address, std::string& shown);

// What poll() is to wait for.
[[nodiscard]] short wanted(rpc::Connection& connection) noexcept;
// Receives and sends what is possible, after poll() said `ready`.
void transfer(const Socket& socket, short ready, rpc::Connection& connection,
              Trace* trace = nullptr);

}  // namespace wirejit::tools

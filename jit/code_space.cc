// Executable memory on POSIX systems.
// Entry: CodeMemory::make. Invariant: with a memory file there never is a writable mapping (a child
// of fork could write through one into its parent's code); with protect, the mapping is private and
// loses its write permission for good.
#include "jit/code_space.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace wirejit::jit {

namespace {

// Newer than some C libraries' headers.
constexpr unsigned memory_file_executable = 0x10;  // MFD_EXEC
constexpr int protect_branch_targets = 0x10;       // PROT_BTI

// What code pages are mapped with.
int executable() {
  int flags = PROT_READ | PROT_EXEC;
#if defined(__aarch64__)
  constexpr unsigned long has_branch_targets = 1UL << 17;  // HWCAP2_BTI
  if ((getauxval(AT_HWCAP2) & has_branch_targets) != 0) {
    flags |= protect_branch_targets;
  }
#endif
  static_cast<void>(protect_branch_targets);
  return flags;
}

std::size_t round_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

int open_memory_file() {
#if defined(MFD_CLOEXEC)
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const int fd = memfd_create("wirejit", flags | memory_file_executable);
  // Systems before MFD_EXEC refuse the flag; those that forbid executable memory files refuse it as
  // well, and hand out one that cannot be executed without it, which the mapping then shows.
  return fd >= 0 ? fd : memfd_create("wirejit", flags);
#else
  return -1;
#endif
}

bool write_all(int fd, std::span<const std::uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return false;
    }
    done += static_cast<std::size_t>(n);
  }
  return true;
}

// Null where that is denied.
std::uint8_t* map_memory_file(std::span<const std::uint8_t> image, std::size_t size) {
#if defined(F_ADD_SEALS)
  const File file(open_memory_file());
  if (file.get() < 0 || !write_all(file.get(), image) ||
      fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) !=
          0) {
    return nullptr;
  }
  // Private: a shared mapping of a sealed file is refused by Linux before 6.7, and nobody writes
  // anyway.
  void* p = mmap(nullptr, size, executable(), MAP_PRIVATE, file.get(), 0);
  return p == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(p);
#else
  static_cast<void>(image);
  static_cast<void>(size);
  return nullptr;
#endif
}

std::uint8_t* map_and_protect(std::span<const std::uint8_t> image, std::size_t size) {
  void* p = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    return nullptr;
  }
  std::memcpy(p, image.data(), image.size());
  if (mprotect(p, size, executable()) != 0) {
    munmap(p, size);
    return nullptr;
  }
  return static_cast<std::uint8_t*>(p);
}

}  // namespace

std::string_view to_string(MemoryMeans means) noexcept {
  switch (means) {
    case MemoryMeans::memory_file: return "memory file";
    case MemoryMeans::protect: return "protect";
    case MemoryMeans::none: break;
  }
  return "none";
}

std::size_t CodeMemory::page_size() noexcept {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

Result<CodeMemory> CodeMemory::make(std::span<const std::uint8_t> image, std::size_t data_begin,
                                    const MemoryOptions& options) {
  const std::size_t size = round_up(std::max<std::size_t>(image.size(), 1), page_size());
  std::uint8_t* begin = options.allow_memory_file ? map_memory_file(image, size) : nullptr;
  MemoryMeans means = MemoryMeans::memory_file;
  if (begin == nullptr && options.allow_protect) {
    begin = map_and_protect(image, size);
    means = MemoryMeans::protect;
  }
  if (begin == nullptr) {
    return std::unexpected(Error(Errc::code_memory, "executable memory is denied"));
  }
  CodeMemory memory(begin, size, means);
  // Bytes that schemas choose are not to be executed. Taking the permission away is refused
  // nowhere.
  if (data_begin < image.size() &&
      mprotect(begin + data_begin, size - data_begin, PROT_READ) != 0) {
    return std::unexpected(Error(Errc::code_memory, "cannot protect constants"));
  }
  __builtin___clear_cache(reinterpret_cast<char*>(begin),
                          reinterpret_cast<char*>(begin + data_begin));
  return memory;
}

MemoryMeans CodeMemory::probe(const MemoryOptions& options) noexcept {
  try {
    const std::uint8_t byte = 0;
    const auto memory = make({&byte, 1}, 1, options);
    return memory ? memory->means() : MemoryMeans::none;
  } catch (...) {
    return MemoryMeans::none;
  }
}

CodeMemory::CodeMemory(CodeMemory&& other) noexcept
    : begin_(std::exchange(other.begin_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      means_(std::exchange(other.means_, MemoryMeans::none)) {}

CodeMemory& CodeMemory::operator=(CodeMemory&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(size_, other.size_);
  std::swap(means_, other.means_);
  return *this;
}

CodeMemory::~CodeMemory() {
  if (begin_ != nullptr) {
    munmap(const_cast<std::uint8_t*>(begin_), size_);
  }
}

}  // namespace wirejit::jit

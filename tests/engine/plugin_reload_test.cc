// A plugin is unloaded and another version of it loaded, perhaps at the same addresses: the engine
// of the host must not give the new struct the old one's code.
#include <wirejit/codec.h>

#include <gtest/gtest.h>

#include <dlfcn.h>

#include <string>

namespace wirejit::test {
namespace {

class Plugin {
 public:
  explicit Plugin(const std::string& path) : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    EXPECT_NE(handle_, nullptr) << dlerror();
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  ~Plugin() {
    if (handle_ != nullptr) {
      dlclose(handle_);
    }
  }
  std::string run(const Engine& engine) const {
    using Run = const char*(const Engine&);
    auto* const run = reinterpret_cast<Run*>(dlsym(handle_, "wirejit_plugin_run"));
    return run != nullptr ? run(engine) : "no function";
  }

 private:
  void* handle_;
};

TEST(PluginReload, AChangedStructGetsCodeOfItsOwn) {
  for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
    const Engine engine({.kind = kind});
    for (int round = 0; round < 3; ++round) {
      for (const char* path : {WIREJIT_PLUGIN_1, WIREJIT_PLUGIN_2}) {
        EXPECT_EQ(Plugin(path).run(engine), "") << path << " in round " << round;
        EXPECT_EQ(dlopen(path, RTLD_NOW | RTLD_NOLOAD), nullptr) << "it was not unloaded";
      }
    }
  }
}

}  // namespace
}  // namespace wirejit::test

// What `lockstep trace --player-b` prints, made with ALE's core; see build-players.
//
//   players ROM SEED STICKY ACTIONS_A ACTIONS_B [MODE [DIFFICULTY]]
//
// A line a frame: index, actions of A and B, rewards of A and B, lives of A, over, crc32 of RAM and
// picture. An ended game is reset. Without MODE the first for two players.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

#include "RomSettings.hpp"
#include "all.hpp"
#include "ale/common/ColourPalette.hpp"
#include "ale/common/Log.hpp"
#include "ale/common/ScreenExporter.hpp"
#include "ale/emucore/Console.hxx"
#include "ale/emucore/OSystem.hxx"
#include "ale/emucore/Settings.hxx"
#include "ale/environment/stella_environment.hpp"

using namespace ale;

// Nobody exports pictures here.
ScreenExporter::ScreenExporter(ColourPalette& palette, const std::string&) : m_palette(palette) {}
void ScreenExporter::saveNext(const ALEScreen&) {}

static uint32_t crc32(const uint8_t* bytes, size_t count) {
  uint32_t sum = ~0u;
  for (size_t i = 0; i < count; i++) {
    sum ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0);
  }
  return ~sum;
}

static std::vector<int> read(const char* path) {
  std::ifstream file(path);
  std::vector<int> numbers;
  for (int number; file >> number;) numbers.push_back(number);
  return numbers;
}

int main(int count, char** arguments) {
  if (count < 6) return fprintf(stderr, "see players.cpp\n"), 2;
  Logger::setMode(Logger::Error);
  OSystem system;
  stella::Settings settings(&system);
  settings.setInt("random_seed", atoi(arguments[2]));
  settings.setFloat("repeat_action_probability", atof(arguments[3]));
  settings.validate();
  system.create();
  if (!system.createConsole(arguments[1])) return 2;
  system.colourPalette().setPalette("standard", system.console().getFormat());

  auto md5 = system.console().properties().get(Cartridge_MD5);
  RomSettings2P* game = nullptr;
  for (auto* rule : rules)
    if (md5 == rule->md5()) game = rule;
  if (!game) return fprintf(stderr, "no rules for two players\n"), 2;
  game->modifyEnvironmentSettings(settings);
  StellaEnvironment environment(&system, game);
  environment.setMode(game->get2PlayerModes()[0]);
  environment.reset();
  if (count > 6) {
    environment.setMode(atoi(arguments[6]));
    environment.setDifficulty(count > 7 ? atoi(arguments[7]) : 0);
    environment.reset();
  }

  auto a = read(arguments[4]), b = read(arguments[5]);
  for (size_t i = 0; i < a.size() && i < b.size(); i++) {
    if (environment.isTerminal()) environment.reset();
    // The sum of one frame's rewards is the last frame's reward, unless nothing was emulated.
    int reward = environment.act(Action(a[i]), Action(PLAYER_B_NOOP + b[i]));
    const auto& ram = environment.getRAM();
    const auto& screen = environment.getScreen();
    printf("%zu %d %d %d %d %d %d %08x %08x\n", i, a[i], b[i], reward, game->getRewardP2(),
           game->lives(), environment.isTerminal(), crc32(ram.array(), ram.size()),
           crc32(screen.getArray(), screen.arraySize()));
  }
}

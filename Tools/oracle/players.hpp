// What Multi-Agent-ALE's games derive from, on top of ALE's present class.
#pragma once
#include <algorithm>

#include "ale/games/RomSettings.hpp"

namespace ale {
using namespace stella;

class RomSettings2P : public RomSettings {
 public:
  int lives() override { return 0; }
  virtual reward_t getRewardP2() const = 0;
  virtual int livesP2() { return 0; }
  virtual ModeVect get2PlayerModes() = 0;

 protected:
  bool isModeSupported(game_mode_t mode, int players = 1) {
    ModeVect modes = players == 1 ? getAvailableModes() : get2PlayerModes();
    return std::find(modes.begin(), modes.end(), mode) != modes.end();
  }
};

class RomSettings4P : public RomSettings2P {
 public:
  virtual reward_t getRewardP3() const = 0;
  virtual reward_t getRewardP4() const = 0;
  virtual int livesP3() { return 0; }
  virtual int livesP4() { return 0; }
  virtual ModeVect get4PlayerModes() = 0;
};

}  // namespace ale

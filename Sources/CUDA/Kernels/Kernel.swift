/// Every kernel by its name in the text.
enum Kernel: String, CaseIterable {
  case mapBend, mapSlopes, finishRows, combineTwo, combineSlopes, permuteRows, copyBlocks
  case gatherLines, scatterLines, pickSlopes, cosinesOf, perturbWeights
  case readBytes, readWhole, readFloats, readDoubles, readMoved
  case shiftLines, shiftWords, shiftBytes, spreadBytes
  case reduceAxis, spreadAxis, softmaxAxis, softmaxSlopes, columnSums, addParts, addTwoParts
  case normMoments, normRows, normSlopes, normGradients
  case multiply64x64ff, multiply64x64ft, multiply64x64tf, multiply64x64tt
  case multiply128x32ff, multiply128x32ft, multiply128x32tf, multiply128x32tt
  case multiply128x16ff, multiply128x16ft, multiply128x16tf, multiply128x16tt, sumSplits
  case convolve64x64, convolve128x32, convolve128x16
  case convolveWeights64x64, convolveWeights128x32, convolveWeights128x16
  case convolveInput64x64, convolveInput128x32, convolveInput128x16, poolRows, poolSlopes
  case recallStates, forgetStates, rememberCells, rememberSlopes
  case bestExperts, routeTokens, routeSlopes
  case stepAdam, stepRMSProp, stepSGD, mixNumbers, sumSquares, cutLength
  case narrowMatrix, vectorProduct64x64, vectorProduct128x64, vectorAcross64x64
  case vectorAcross128x64, vectorConvolve32, vectorConvolve64, vectorWeights32, vectorWeights64
  case vectorInput32, vectorInput64
  case vectorConvolve16, vectorWeights16, vectorInput16
  case policyLoss, actionLoss, twinLoss, lessLoss, squashedLoss, softLoss
  case noteSteps, drawSteps, rankSteps, aimSteps

  /// Of bfloat16 alone.
  var isOfVectors: Bool { self == .narrowMatrix || rawValue.hasPrefix("vector") }

  private static let places = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
  var place: Int { Self.places[self]! }
}

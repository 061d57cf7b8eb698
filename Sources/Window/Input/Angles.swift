import Foundation

/// Radians, -pi...pi; 0 is right, pi/2 is up.
func polarAngle(_ direction: SIMD2<Double>) -> Double { atan2(direction.y, direction.x) }

// Nets

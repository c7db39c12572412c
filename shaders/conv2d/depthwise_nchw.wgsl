// Neighbouring invocations take neighbouring tiles of one channel.
fn locate(index: u32, lane: u32) -> Place {
    let pixels = (index % TILES_N) * WORKGROUP_X + lane;
    let plane = (index / TILES_N) % PLANES;
    let image = index / (TILES_N * PLANES);
    let p = pixels / TILES_Q * TILE_P;
    let q = pixels % TILES_Q * TILE_Q;
    let channel = select(plane, 4u * plane, PACKED);
    let planes_in = select(GROUP_COUNT, PLANES, PACKED);
    return Place(
        index < GROUPS && pixels < TILES_P * TILES_Q,
        plane * select(LHS_PITCH, FILTER_R * FILTER_S, PACKED),
        (image * planes_in + plane / FILTERS_PER_CHANNEL) * (IN_H * IN_W),
        p * STRIDE_Y - PAD_TOP,
        q * STRIDE_X - PAD_LEFT,
        channel,
        p,
        q,
        (image * FILTERS + channel) * PIXELS + p * OUT_W + q,
    );
}

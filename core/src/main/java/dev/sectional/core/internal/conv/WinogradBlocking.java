package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.kernel.WinogradTransform;
import java.util.Arrays;

/**
 * The sizes into which {@link Winograd} divides a batch of convolutions: blocks of tiles, whose transformed inputs
 * stay in the second-level cache, and blocks of channels, whose transformed filters share the cache with them. Steps
 * between the 36 points of transformed data contain {@link Winograd#GAP} unused elements.
 */
final class WinogradBlocking {
    /** Greatest number of transformed filter elements of one panel, point and channel block. */
    private static final int MAX_PANEL_ELEMENTS = 4096;
    /** Least size of a channel block that panels are divided for: sums are loaded and stored once for each block. */
    private static final int MIN_CHANNEL_BLOCK = 128;
    /** Greatest number of transformed input elements of a block of tiles with few channels. */
    private static final int MAX_BLOCK_ELEMENTS = 130_000;
    private static final int MIN_BLOCK_TILES = 40;
    /**
     * Tiles of a block with several channel blocks. Filters are transformed again for each block, so blocks are fewer
     * and larger.
     */
    private static final int DEEP_BLOCK_TILES = 100;
    /**
     * The same for narrow panels: processors with narrow vectors have second-level caches of half the size. Blocks of
     * more tiles than this take smaller channel blocks.
     */
    private static final int NARROW_DEEP_BLOCK_TILES = 50;
    private static final int NARROW_PANEL = 16;

    private final int mr;
    /** Input channels. */
    final int depth;
    /** Output channels of one panel. */
    final int panelWidth;
    /** Tiles of a row of tiles of one image. */
    final int tileColumns;
    final int tilesOfImage;
    /** Tiles of all images. */
    final int tiles;
    final int blockTiles;
    final int blocks;
    /** Input channels transformed and multiplied at once. */
    final int channelBlock;
    /** Whether there are several channel blocks. */
    final boolean deep;
    /**
     * Transformed inputs of a block of tiles: (channel block, point, tile, channel), so that each product reads one
     * segment.
     */
    final int vBlock;
    final int vChannelBlock;
    final int vStep;
    /** Products of a block of tiles and a panel: (point, tile, output channel). */
    final int mStep;
    /** Transformed filters of a panel: (point, input channel, output channel). */
    final int uStep;
    /** Offsets of the rows of a product: one tile each. */
    final int[] rows;

    /**
     * @param depth number of input channels
     * @param output shape {@code (H', W', O)} of the output of one image
     * @param images number of images of the batch
     */
    WinogradBlocking(Kernels kernels, int depth, Shape output, int images) {
        this.depth = depth;
        mr = kernels.mr();
        panelWidth = kernels.nr();
        tileColumns = Winograd.tiles(output.dim(1));
        tilesOfImage = Winograd.tiles(output.dim(0)) * tileColumns;
        tiles = tilesOfImage * images;
        int maxChannels = Math.max(MIN_CHANNEL_BLOCK, MAX_PANEL_ELEMENTS / panelWidth);
        deep = depth > maxChannels;
        blockTiles = blockTiles(tiles);
        blocks = (tiles + blockTiles - 1) / blockTiles;
        // Decided by the tiles of one image, since it determines the order of the sums: bits do not depend on the
        // batch.
        boolean large = deep && blockTiles(tilesOfImage) > NARROW_DEEP_BLOCK_TILES;
        channelBlock = large ? maxChannels / 2 : Math.min(maxChannels, depth);
        mStep = blockTiles * panelWidth + Winograd.GAP;
        uStep = channelBlock * panelWidth + Winograd.GAP;
        vStep = blockTiles * channelBlock + Winograd.GAP;
        vChannelBlock = WinogradTransform.POINTS * vStep;
        vBlock = (depth + channelBlock - 1) / channelBlock * vChannelBlock;
        rows = new int[blockTiles];
        Arrays.setAll(rows, i -> i * channelBlock);
    }

    /** Returns the tiles of a block, a multiple of mr: all blocks are about equal. */
    private int blockTiles(int all) {
        int deepTiles = panelWidth > NARROW_PANEL ? DEEP_BLOCK_TILES : NARROW_DEEP_BLOCK_TILES;
        int most = deep ? deepTiles : Math.max(MIN_BLOCK_TILES, MAX_BLOCK_ELEMENTS / WinogradTransform.POINTS / depth);
        int count = Math.max(1, (int) Math.round(all / (double) most));
        return roundUp((all + count - 1) / count);
    }

    /** Returns the least multiple of mr that is at least {@code rows}. */
    int roundUp(int rows) {
        return (rows + mr - 1) / mr * mr;
    }

    /** Returns the first tile of a block. */
    int firstTile(int block) {
        return block * blockTiles;
    }

    /** Returns the end of the tiles of a block. */
    int endTile(int block) {
        return Math.min(tiles, (block + 1) * blockTiles);
    }
}

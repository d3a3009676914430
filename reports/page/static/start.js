startTables();
startPlots();
startViewer();
startGallery();
startGrids();
